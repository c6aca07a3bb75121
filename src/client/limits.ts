import { META_TIMED } from '../abi/codes.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import { requestCancel } from './cancel.ts';
import type { Pending } from './pending.ts';

/** Milliseconds beyond are as good as none: twelve days. */
const LONGEST_MS = 2 ** 30;

/** A time of the threads' common clock in ms, as shared memory has it: it wraps after 24 days. */
export function wrapMs(us: number): number {
  return Math.floor(us / 1000) | 0;
}

/**
 * What a thread writes beside its tasks, so that the host keeps their limits should this thread block or end. The thread's own
 * timers come first. Nothing, in the thread that is the host. docs/protocols/limits.md
 */
export class Limits {
  readonly #engine: EngineInstance;
  readonly #now: () => number;
  readonly #isHost: boolean;

  constructor(engine: EngineInstance, now: () => number) {
    this.#engine = engine;
    this.#now = now;
    this.#isHost = engine.submitter === 0;
  }

  /** Before a task is submitted. @returns the bits of its meta */
  prepare({ control, killGraceMs }: Pending): number {
    if (control === undefined) return 0;
    if (!this.#isHost) this.#engine.exports.setLimits(durationOf(control.timeoutMs), durationOf(killGraceMs));
    return META_TIMED;
  }

  /** After it was. */
  expect({ control }: Pending): void {
    if (control === undefined || this.#isHost || control.timeoutMs >= LONGEST_MS) return;
    this.#engine.exports.expectLimit(this.#after(control.timeoutMs));
  }

  /** Asks a running task to stop, within so long. */
  ask(index: number, killGraceMs: number): void {
    const grace = this.#isHost ? 0 : durationOf(killGraceMs);
    const endMs = this.#after(grace);
    requestCancel(this.#engine, index, grace === 0 ? 0 : endMs | 1);
    if (grace > 0) this.#engine.exports.expectLimit(endMs);
  }

  #after(ms: number): number {
    return wrapMs(this.#now() + ms * 1000);
  }
}

// 0 is none.
function durationOf(ms: number): number {
  return ms < LONGEST_MS ? Math.max(1, Math.ceil(ms)) : 0;
}
