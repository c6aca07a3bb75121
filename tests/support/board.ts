import { until } from './until.ts';

const GATES = 16;
const LOG_LENGTH = 2 * GATES;
const COUNTERS = LOG_LENGTH + 1;
const COUNTER_WORDS = 16;
const LOG = COUNTERS + COUNTER_WORDS;
const WORDS = LOG + 20_000;

/**
 * Shared memory by which a test and the tasks it runs take turns: gates that tasks arrive at and wait before, counters,
 * and a log of numbers. A gate holds whoever comes until the test opens it.
 *
 *     gate g: +2g arrivals, +2g+1 open   ·   log length   ·   counters   ·   log
 */
export class Board {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(buffer = new SharedArrayBuffer(WORDS * 4)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  // In tasks

  /** Comes to a gate and goes on. */
  arrive(gate: number): void {
    Atomics.add(this.#words, 2 * gate, 1);
  }

  /** Blocks the thread before a gate. */
  block(gate: number): void {
    this.arrive(gate);
    while (Atomics.load(this.#words, 2 * gate + 1) === 0) Atomics.wait(this.#words, 2 * gate + 1, 0);
  }

  /** Waits before a gate; the event loop goes on. */
  async pause(gate: number): Promise<void> {
    this.arrive(gate);
    while (Atomics.load(this.#words, 2 * gate + 1) === 0) {
      const result = Atomics.waitAsync(this.#words, 2 * gate + 1, 0);
      if (result.async) await result.value;
    }
  }

  /** Appends to the log. */
  log(entry: number): void {
    Atomics.store(this.#words, LOG + Atomics.add(this.#words, LOG_LENGTH, 1), entry);
  }

  /** Raises a counter. @returns its value before */
  count(counter: number, by = 1): number {
    return Atomics.add(this.#words, COUNTERS + counter, by);
  }

  // In tests

  open(gate: number): void {
    Atomics.store(this.#words, 2 * gate + 1, 1);
    Atomics.notify(this.#words, 2 * gate + 1);
  }

  openAll(): void {
    for (let gate = 0; gate < GATES; ++gate) this.open(gate);
  }

  arrivals(gate: number): number {
    return Atomics.load(this.#words, 2 * gate);
  }

  /** Until so many tasks have come to a gate. */
  async arrived(gate: number, tasks = 1): Promise<void> {
    await until(() => this.arrivals(gate) >= tasks, `${String(tasks)} tasks at gate ${String(gate)}`);
  }

  counter(counter: number): number {
    return Atomics.load(this.#words, COUNTERS + counter);
  }

  logged(): number[] {
    return [...this.#words.subarray(LOG, LOG + Atomics.load(this.#words, LOG_LENGTH))];
  }
}
