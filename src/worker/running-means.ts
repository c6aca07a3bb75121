import * as layout from '../abi/layout.ts';
import { monotonicMs } from '../base/clock.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/** As the engine weighs the runs of kernels, and as often as it looks. */
const WEIGHT = 0.125;
const EVERY = 16;
/** Zero would mean that nothing is known. */
const LEAST_US = 0.001;

/**
 * Running means of the handlers' times, where the engine keeps those of kernels (layout.ts, task types): by them a node
 * process is given no more work than it needs. The first run of a type is timed, then every 16th of all.
 */
export class RunningMeans {
  readonly #means: Float32Array;
  readonly #first: number;
  #untilTimed = EVERY;

  constructor({ memory, u32 }: EngineInstance) {
    this.#means = new Float32Array(memory.buffer);
    this.#first = ((u32[layout.HEADER_TYPES >> 2] ?? 0) + layout.TYPE_MEAN_US) >>> 2;
  }

  /** A run begins. @returns when, in ms; 0 when it is not timed */
  begin(type: number): number {
    this.#untilTimed -= 1;
    if (this.#untilTimed > 0 && this.#means[this.#wordOf(type)] !== 0) return 0;
    this.#untilTimed = EVERY;
    return monotonicMs();
  }

  /** A run has ended. @param beganMs what `begin` gave */
  end(type: number, beganMs: number): void {
    if (beganMs === 0) return;
    const word = this.#wordOf(type);
    const mean = this.#means[word] ?? 0; // racy: another worker's run may be lost, the mean stays a mean
    const us = (monotonicMs() - beganMs) * 1000;
    this.#means[word] = Math.max(LEAST_US, mean === 0 ? us : mean + WEIGHT * (us - mean));
  }

  /** Microseconds; 0 while no run of the type has ended. */
  meanUs(type: number): number {
    return this.#means[this.#wordOf(type)] ?? 0;
  }

  #wordOf(type: number): number {
    return this.#first + type * (layout.TYPE_BYTES >> 2);
  }
}
