/**
 * Bell: how a thread with an event loop learns of completions. While results come in it looks at every turn of the loop
 * (setImmediate), for at most SPIN_US without any; then it arms the bell and sleeps in `Atomics.waitAsync`. That does not
 * keep the loop alive, so a MessagePort holds it while tasks are pending. Nothing polls. docs/protocols/arming.md
 */
import { MessageChannel } from 'node:worker_threads';
import { SUBMITTER_ARMED } from '../abi/layout.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/** How long to look at every turn before sleeping, when few tasks are pending: somebody waits for just these. */
const SPIN_FEW_US = 100;
const FEW = 4;
/** And when many are: the workers go on by themselves, and the turns would take their CPUs. one-at-a-time and uneven guard both. */
const SPIN_MANY_US = 20;
/** After this many looks in vain in a row it sleeps at once, and tries a look again every so often. Guesses. */
const VAIN_LOOKS = 4;
const TRY_AGAIN = 16;

/** What the bell serves. */
export interface BellOwner {
  /** Takes completions out. @returns how many there were */
  drain(): number;
  /** Whether completions are still to come. */
  readonly pending: boolean;
  readonly pendingCount: number;
}

/** One per thread and scheduler. */
export class Bell {
  readonly #engine: EngineInstance;
  readonly #owner: BellOwner;
  readonly #now: () => number;
  readonly #armedWord: number;
  readonly #channel = new MessageChannel();
  readonly #tick: () => void;
  #spinUntilUs = 0;
  #vain = 0;
  /** A turn of the loop is on its way. */
  #active = false;
  /** A `waitAsync` is outstanding; it outlives a disarm and is used again. */
  #waiting = false;
  #asleep = false;
  #held = false;
  #woken = false;

  constructor(engine: EngineInstance, owner: BellOwner, now: () => number) {
    this.#engine = engine;
    this.#owner = owner;
    this.#now = now;
    this.#armedWord = engine.submitterBlock + (SUBMITTER_ARMED >> 2);
    this.#channel.port1.unref();
    this.#tick = () => {
      this.#turn();
    };
  }

  /** After a submission: completions are to come. */
  expect(): void {
    if (!this.#active) this.#activate();
  }

  /** No completion will come any more. */
  close(): void {
    this.#channel.port1.close();
  }

  #activate(): void {
    this.#active = true;
    if (this.#asleep) {
      this.#asleep = false;
      this.#engine.exports.disarm();
    }
    this.#hold(true);
    this.#look();
    setImmediate(this.#tick);
  }

  // Sets how long to look from now on.
  #look(): void {
    if (this.#owner.pendingCount <= FEW) this.#spinUntilUs = this.#now() + SPIN_FEW_US;
    else if (this.#vain < VAIN_LOOKS || this.#vain % TRY_AGAIN === 0) this.#spinUntilUs = this.#now() + SPIN_MANY_US;
    else this.#spinUntilUs = 0;
  }

  #turn(): void {
    const drained = this.#owner.drain();
    if (!this.#owner.pending) {
      this.#active = false;
      this.#hold(false);
    } else if (drained > 0) {
      if (!this.#woken) this.#vain = 0;
      this.#woken = false;
      this.#look();
      setImmediate(this.#tick);
    } else if (this.#now() < this.#spinUntilUs || this.#engine.exports.arm() === 0) {
      setImmediate(this.#tick);
    } else {
      this.#sleep();
    }
  }

  // Armed, and the inbox was empty after that: whoever delivers next rings.
  #sleep(): void {
    this.#vain += 1;
    this.#active = false;
    this.#asleep = true;
    if (this.#waiting) return;
    const result = Atomics.waitAsync(this.#engine.i32, this.#armedWord, 1);
    if (!result.async) {
      this.#wake();
      return;
    }
    this.#waiting = true;
    void result.value.then(() => {
      this.#waiting = false;
      if (this.#asleep) this.#wake();
    });
  }

  #wake(): void {
    this.#asleep = false;
    this.#active = true;
    this.#woken = true; // what is there now was not found by looking
    this.#turn();
  }

  #hold(alive: boolean): void {
    if (this.#held === alive) return;
    this.#held = alive;
    if (alive) this.#channel.port1.ref();
    else this.#channel.port1.unref();
  }
}
