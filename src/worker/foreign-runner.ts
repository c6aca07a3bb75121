import { FAILED, TAG_KERNEL_CODE, TAG_SHARED } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import type { ForeignTasks } from './foreign-tasks.ts';
import type { OutcomeWriter } from './outcome-writer.ts';
import { RunningMeans } from './running-means.ts';

/** Runs the tasks of a foreign module that a worker has taken: from shared memory to that of the module, and back. */
export class ForeignRunner {
  readonly #tasks: ForeignTasks;
  readonly #engine: EngineInstance;
  readonly #outcome: OutcomeWriter;
  readonly #means: RunningMeans;
  readonly #slabWords: number;

  constructor(tasks: ForeignTasks, engine: EngineInstance, outcome: OutcomeWriter) {
    this.#tasks = tasks;
    this.#engine = engine;
    this.#outcome = outcome;
    this.#means = new RunningMeans(engine);
    this.#slabWords = (engine.u32[layout.HEADER_SLAB >> 2] ?? 0) >>> 2;
  }

  /** Runs the task in a slot, if it is of the foreign module. */
  run(slot: number, type: number): boolean {
    if (type >= this.#tasks.count) return false;
    const beganMs = this.#means.begin(type);
    let result: number;
    try {
      result = this.#call(slot, type);
    } catch (trap) {
      this.#means.end(type, beganMs);
      this.#outcome.fail(slot, trap);
      return true;
    }
    this.#means.end(type, beganMs);
    if (result < 0) this.#engine.exports.finish(slot, FAILED, TAG_KERNEL_CODE, result, 0, 0);
    else this.#outcome.finishWith(slot, this.#tasks.result);
    return true;
  }

  #call(slot: number, type: number): number {
    const { i32, u32, f64, buffer } = this.#engine;
    const word = this.#slabWords + slot * (layout.SLOT_BYTES >> 2);
    const tag = (i32[word + (layout.SLOT_META >> 2)] ?? 0) & 255;
    const number = f64[(word + (layout.SLOT_VALUE >> 2)) >> 1] ?? NaN;
    const offset = u32[word + (layout.SLOT_PAYLOAD >> 2)] ?? 0;
    const length = tag === TAG_SHARED ? number : (u32[word + (layout.SLOT_LENGTH >> 2)] ?? 0);
    return this.#tasks.call(type, tag, number, buffer, offset, length);
  }
}
