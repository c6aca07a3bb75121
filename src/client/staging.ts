import * as layout from '../abi/layout.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/** So many tasks are published at once at most: beyond, workers would wait while inputs are encoded. A guess. */
const STAGED_MOST = 1024;

/** Tasks that this thread has put behind the published ones of a queue: nobody sees them before `publish`. All are of one priority. */
export class Staging {
  readonly #engine: EngineInstance;
  /** Where the inputs of `stageNumbers` go, and their slots come from. */
  readonly #numbers: number;
  readonly #most: number;
  #count = 0;
  #priority = 0;

  /** @param most so many are published at once at most */
  constructor(engine: EngineInstance, most = STAGED_MOST) {
    this.#engine = engine;
    this.#most = most;
    this.#numbers = engine.submitterBlock + (layout.SUBMITTER_NUMBERS >> 2);
  }

  publish(): void {
    if (this.#count === 0) return;
    this.#engine.exports.publish(this.#priority, this.#count);
    this.#count = 0;
  }

  /** Before a task: publishes those that it may not stand behind. @param later it is staged, too */
  makeWay(later: boolean, priority: number): void {
    if (this.#count > 0 && (!later || priority !== this.#priority)) this.publish();
  }

  /** @returns the slot, or a negative code */
  stage(
    type: number,
    priority: number,
    flags: number,
    tag: number,
    value: number,
    address: number,
    length: number,
  ): number {
    const index = this.#engine.exports.stage(this.#count, type, priority, flags, tag, value, address, length);
    if (index >= 0) this.#add(1, priority);
    return index;
  }

  /**
   * Stages tasks of one type, at most `most`, for `inputs` from `from` on as long as they are numbers.
   *
   * @returns how many, 0 when there is no slot; `slotOf` tells where they are
   */
  stageNumbers(type: number, priority: number, inputs: readonly unknown[], from: number, most: number): number {
    const { exports, f64 } = this.#engine;
    const last = Math.min(inputs.length - from, most, layout.NUMBERS, this.#most - this.#count);
    const at = this.#numbers >> 1;
    let count = 0;
    for (let input = inputs[from]; count < last && typeof input === 'number'; input = inputs[from + count]) {
      f64[at + count] = input;
      count += 1;
    }
    const staged = exports.stageNumbers(this.#count, count, type, priority);
    this.#add(staged, priority);
    return staged;
  }

  /** Stages the first `count` tasks that stand in the records of this submitter, with their payloads. @returns how many */
  stageRecords(count: number, priority: number): number {
    const staged = this.#engine.exports.stageRecords(this.#count, count, priority);
    this.#add(staged, priority);
    return staged;
  }

  /** Slot of the `n`-th that the last `stageNumbers` staged. */
  slotOf(n: number): number {
    return this.#engine.i32[this.#numbers + 2 * n] ?? 0;
  }

  #add(count: number, priority: number): void {
    this.#count += count;
    this.#priority = priority;
    if (this.#count >= this.#most) this.publish();
  }
}
