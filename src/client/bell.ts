/**
 * Bell: how a thread with an event loop learns of completions. Nothing polls: each look follows from a submission, a bell
 * or a completion. docs/protocols/arming.md
 *
 *     look    at every turn of the loop (setImmediate): few tasks are pending, completions come thick and fast, or room in
 *             the pool is expected
 *     nap     a few milliseconds, when they come too slowly to look and too fast to be woken for each; urgent ones ring
 *     sleep   in `Atomics.waitAsync` until the bell rings
 *
 * `waitAsync` does not keep the event loop alive, so a MessagePort holds it while tasks are pending.
 */
import { MessageChannel } from 'node:worker_threads';
import { ARMED_ALL, ARMED_URGENT } from '../abi/codes.ts';
import { SUBMITTER_ARMED } from '../abi/layout.ts';
import { clearTimeout, setImmediate, setTimeout } from '../base/timers.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import { FEW, FollowUp, type FollowUpOwner, PORTION } from './follow-up.ts';

/** How long to look without a completion, when few are pending and when many are; one-at-a-time guards it. */
const LOOK_FEW_US = 100;
const LOOK_MANY_US = 20;
/** Mean times between completions in which napping is right: a wake-up costs about 17 µs; critical-latency guards it. */
const NAP_FROM_US = 20;
const NAP_TO_US = 300;
/** A nap is a small part of the time that the pending tasks will take, so that no worker runs dry meanwhile. */
const NAP_SHARE = 1 / 8;
const SHORTEST_NAP_MS = 1;
const LONGEST_NAP_MS = 8;
/** And from so little when so much work is pending; uneven guards it. */
const NAP_WITH_BACKLOG_FROM_US = 1;
const BACKLOG_US = 2000;
/** An idle stretch counts as no more, so that the mean forgets it soon. */
const LONGEST_GAP_US = 1000;
/** Nor as more than so many times what a task takes, where that is known: others may slow a worker down. A guess. */
const SLOWED_TIMES = 4;

/** What it uses of an engine. */
export interface BellEngine extends Pick<EngineInstance, 'i32' | 'submitterBlock'> {
  readonly exports: Pick<EngineInstance['exports'], 'arm' | 'disarm' | 'spinForCompletion' | 'wokeWorker'>;
}

/** What the bell serves. */
export interface BellOwner extends FollowUpOwner {
  /** Something may change without a completion. */
  readonly expectsRoom: boolean;
  /** What the longest tasks of late take; undefined: nobody knows. */
  readonly taskUs?: number | undefined;
  /** Nothing is pending any more. */
  rest(): void;
}

/** How a client learns of completions. */
export interface Doorbell {
  /** After a submission: completions are to come. */
  expect(): void;
  /** Something may change without a completion. */
  look(): void;
  /** Completions that were taken out between two looks. */
  count(drained: number): void;
  /** Nothing is pending any more, by other ways than completions. */
  rest(): void;
  /** No completion will come any more. */
  close(): void;
}

/** One per thread and scheduler. */
export class Bell implements Doorbell {
  readonly #engine: BellEngine;
  readonly #owner: BellOwner;
  readonly #now: () => number;
  readonly #armedWord: number;
  readonly #channel = new MessageChannel();
  readonly #tick: () => void;
  readonly #followUp: FollowUp;
  #state: 'idle' | 'looking' | 'napping' | 'sleeping' = 'idle';
  #lookUntilUs = 0;
  #drainedAtUs = 0;
  /** Running mean of the time between two completions. */
  #gapUs = 0;
  #nap: NodeJS.Timeout | undefined;
  /** A `waitAsync` is outstanding; it outlives a disarm and is used again. */
  #waiting = false;
  #held = false;

  constructor(engine: BellEngine, owner: BellOwner, now: () => number) {
    this.#engine = engine;
    this.#owner = owner;
    this.#now = now;
    this.#armedWord = engine.submitterBlock + (SUBMITTER_ARMED >> 2);
    this.#channel.port1.on('message', () => undefined); // without a listener Deno's holds nothing
    this.#channel.port1.unref();
    this.#tick = () => {
      this.#turn();
    };
    this.#followUp = new FollowUp(engine.exports, owner, now, () => this.#state === 'looking');
  }

  /** After a submission: completions are to come. */
  expect(): void {
    if (this.#state === 'looking') {
      this.#followUp.spinLater();
      return;
    }
    // With many pending, whoever sleeps or naps goes on with it: their bell is set.
    if (this.#state !== 'idle' && this.#owner.pendingCount > FEW) return;
    this.#hold(true);
    const nowUs = this.#now();
    this.#wakeUp();
    this.#followUp.beginTurn(nowUs);
    // The worker that we woke may wait for this very CPU (docs/adr/0007-wakers-give-way.md): one turn, then sleep.
    if (this.#engine.exports.wokeWorker() === 1) {
      this.#lookUntilUs = nowUs;
    } else {
      this.#lookAgain(nowUs);
      this.#followUp.spinLater();
    }
    setImmediate(this.#tick);
  }

  /** Something may change without a completion. */
  look(): void {
    if (this.#state !== 'napping' && this.#state !== 'sleeping') return; // the next turn sees it
    this.#wakeUp();
    setImmediate(this.#tick);
  }

  /** Completions that were taken out between two looks. */
  count(drained: number): void {
    this.#followUp.count(drained);
  }

  /** No completion will come any more. */
  close(): void {
    this.#wakeUp();
    this.#rest();
    this.#channel.port1.close();
  }

  /** Nothing is pending any more, by other ways than completions. */
  rest(): void {
    if (this.#state === 'looking') return; // the next turn sees it
    this.#wakeUp();
    this.#rest();
  }

  #rest(): void {
    this.#state = 'idle';
    this.#hold(false);
    this.#owner.rest();
  }

  // Out of nap or sleep; the caller sees to the next turn.
  #wakeUp(): void {
    if (this.#state === 'napping') clearTimeout(this.#nap);
    if (this.#state !== 'idle') this.#engine.exports.disarm();
    this.#state = 'looking';
  }

  #lookAgain(nowUs: number): void {
    this.#lookUntilUs = nowUs + (this.#owner.pendingCount <= FEW ? LOOK_FEW_US : LOOK_MANY_US);
  }

  #turn(): void {
    if (this.#state !== 'looking') return;
    const portion = this.#owner.drain(PORTION);
    const drained = portion + this.#followUp.takeCount();
    if (this.#owner.pendingCount === 0) {
      this.#rest();
      return;
    }
    const nowUs = this.#now();
    this.#followUp.beginTurn(nowUs);
    if (portion === PORTION) this.#followUp.goOnLater();
    if (drained > 0) {
      this.#measure(nowUs, drained);
      this.#lookAgain(nowUs);
      setImmediate(this.#tick);
    } else if (this.#owner.expectsRoom) {
      setImmediate(this.#tick);
    } else if (this.#mayNap()) {
      this.#fallAsleep(this.#gapUs < NAP_TO_US ? 'napping' : 'sleeping');
    } else if (nowUs < this.#lookUntilUs) {
      setImmediate(this.#tick);
    } else {
      this.#fallAsleep('sleeping');
    }
  }

  #mayNap(): boolean {
    if (this.#owner.pendingCount <= FEW) return false;
    return this.#gapUs >= NAP_FROM_US || (this.#gapUs >= NAP_WITH_BACKLOG_FROM_US && this.#backlogUs() >= BACKLOG_US);
  }

  #napMs(): number {
    return Math.min(LONGEST_NAP_MS, Math.max(SHORTEST_NAP_MS, (NAP_SHARE * this.#backlogUs()) / 1000));
  }

  // How long the pending tasks will take, by the mean.
  #backlogUs(): number {
    return this.#owner.pendingCount * this.#gapUs;
  }

  #measure(nowUs: number, drained: number): void {
    const mostUs = Math.min(LONGEST_GAP_US, SLOWED_TIMES * (this.#owner.taskUs ?? Infinity));
    const gapUs = Math.min(mostUs, (nowUs - this.#drainedAtUs) / drained);
    this.#gapUs = drained >= 8 ? gapUs : this.#gapUs + (gapUs - this.#gapUs) / 4;
    this.#drainedAtUs = nowUs;
  }

  #fallAsleep(state: 'napping' | 'sleeping'): void {
    const bell = state === 'napping' ? ARMED_URGENT : ARMED_ALL;
    if (this.#engine.exports.arm(bell) === 0) {
      setImmediate(this.#tick);
      return;
    }
    this.#state = state;
    if (state === 'napping') this.#nap = setTimeout(this.#awake, this.#napMs());
    if (this.#waiting) return;
    const result = Atomics.waitAsync(this.#engine.i32, this.#armedWord, bell);
    if (!result.async) {
      this.#awake();
      return;
    }
    this.#waiting = true;
    void result.value.then(() => {
      this.#waiting = false;
      this.#awake();
    });
  }

  // The bell rang or the nap is over.
  readonly #awake = (): void => {
    if (this.#state !== 'napping' && this.#state !== 'sleeping') return;
    this.#wakeUp();
    this.#turn();
  };

  #hold(alive: boolean): void {
    if (this.#held === alive) return;
    this.#held = alive;
    if (alive) this.#channel.port1.ref();
    else this.#channel.port1.unref();
  }
}
