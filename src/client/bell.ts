/**
 * Bell: how a thread with an event loop learns of completions. While results come in it looks at every turn of the loop
 * (setImmediate), for at most SPIN_US without any; then it arms the bell and sleeps in `Atomics.waitAsync`. That does not
 * keep the loop alive, so a MessagePort holds it while tasks are pending. Nothing polls. docs/protocols/arming.md
 */
import { MessageChannel } from 'node:worker_threads';
import { SUBMITTER_ARMED } from '../abi/layout.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/** How long to look at every turn before sleeping: longer than most short tasks, shorter than two wake-ups. */
const SPIN_US = 100;

/** What the bell serves. */
export interface BellOwner {
  /** Takes completions out. @returns how many there were */
  drain(): number;
  /** Whether completions are still to come. */
  readonly pending: boolean;
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
  /** A turn of the loop is on its way. */
  #active = false;
  /** A `waitAsync` is outstanding; it outlives a disarm and is used again. */
  #waiting = false;
  #asleep = false;
  #held = false;

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
    this.#spinUntilUs = this.#now() + SPIN_US;
    setImmediate(this.#tick);
  }

  #turn(): void {
    const drained = this.#owner.drain();
    if (!this.#owner.pending) {
      this.#active = false;
      this.#hold(false);
    } else if (drained > 0) {
      this.#spinUntilUs = this.#now() + SPIN_US;
      setImmediate(this.#tick);
    } else if (this.#now() < this.#spinUntilUs || this.#engine.exports.arm() === 0) {
      setImmediate(this.#tick);
    } else {
      this.#sleep();
    }
  }

  // Armed, and the inbox was empty after that: whoever delivers next rings.
  #sleep(): void {
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
    this.#spinUntilUs = this.#now() + SPIN_US;
    this.#turn();
  }

  #hold(alive: boolean): void {
    if (this.#held === alive) return;
    this.#held = alive;
    if (alive) this.#channel.port1.ref();
    else this.#channel.port1.unref();
  }
}
