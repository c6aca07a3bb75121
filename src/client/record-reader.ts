import { DONE, META_TAG_MASK, TAG_NUMBER, TAG_OVERDUE, TAG_WORKER_LOST } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import { MAX_WORKERS } from '../abi/layout.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import type { Counts } from './counts.ts';
import { settleOutcome, timeoutError, workerLost } from './outcome.ts';
import type { Settler } from './pending.ts';
import type { TaskType } from './task-type.ts';

const META = layout.RECORD_META >> 2;
const VALUE = layout.RECORD_VALUE >> 2;
const PAYLOAD = layout.RECORD_PAYLOAD >> 2;
const LENGTH = layout.RECORD_LENGTH >> 2;
const OUTCOME_MASK = (0xff << layout.RECORD_STATUS_SHIFT) | META_TAG_MASK;
const DONE_WITH_NUMBER = (DONE << layout.RECORD_STATUS_SHIFT) | TAG_NUMBER;

/** Reads the records that a drain wrote (layout.ts, submitter block): each is settled or counted, and its payload freed. */
export class RecordReader {
  readonly #engine: EngineInstance;
  readonly #counts: Counts;
  readonly #poolBytes: number;
  /** Why each worker exited the last time; the host knows, no other thread does. */
  readonly #exits = new Map<number, unknown>();

  constructor(engine: EngineInstance, counts: Counts, poolBytes: number) {
    this.#engine = engine;
    this.#counts = counts;
    this.#poolBytes = poolBytes;
  }

  /** A worker has exited: tasks may come back that were lost with it. */
  noteExit(worker: number, cause: unknown): void {
    this.#exits.set(worker, cause);
  }

  /** Counts and settles with the outcome in the record; frees the payload. @param record index into the i32 view */
  settle(task: TaskType, settler: Settler, record: number): void {
    if (this.isNumber(record)) {
      settler.resolve(this.takeNumber(record));
      return;
    }
    this.count(record);
    this.deliver(task, settler, record);
  }

  /** Whether the task is done and returned a number. */
  isNumber(record: number): boolean {
    return ((this.#engine.i32[record + META] ?? 0) & OUTCOME_MASK) === DONE_WITH_NUMBER;
  }

  /** Counts it, and gives that number. */
  takeNumber(record: number): number {
    this.#counts.completed += 1;
    return this.#engine.f64[(record + VALUE) >> 1] ?? NaN;
  }

  /** As `settle`, of an outcome that was counted before. */
  deliver(task: TaskType, settler: Settler, record: number): void {
    const { i32, u32, f64, buffer } = this.#engine;
    const meta = i32[record + META] ?? 0;
    const tag = meta & META_TAG_MASK;
    const done = meta >>> layout.RECORD_STATUS_SHIFT === DONE;
    const value = f64[(record + VALUE) >> 1] ?? NaN;
    const offset = u32[record + PAYLOAD] ?? 0;
    const length = u32[record + LENGTH] ?? 0;
    if (!done && tag === TAG_WORKER_LOST) settler.reject(this.#lost(task, value));
    else if (!done && tag === TAG_OVERDUE) settler.reject(timeoutError(task, value));
    else settleOutcome(task, settler, done, tag, value, buffer, offset, length, this.#poolBytes);
    if (length > 0) this.#engine.exports.freeRecord(record << 2);
  }

  #lost(task: TaskType, value: number): Error {
    const worker = value % MAX_WORKERS;
    return workerLost(task, worker, Math.floor(value / MAX_WORKERS), this.#exits.get(worker));
  }

  /** Counts how the task ended. */
  count(record: number): void {
    const meta = this.#engine.i32[record + META] ?? 0;
    if (meta >>> layout.RECORD_STATUS_SHIFT === DONE) this.#counts.completed += 1;
    else if ((meta & META_TAG_MASK) === TAG_WORKER_LOST) this.#counts.lost += 1;
    else if ((meta & META_TAG_MASK) === TAG_OVERDUE) this.#counts.timedOut += 1;
    else this.#counts.failed += 1;
  }

  /** Frees the payload of an outcome that nobody wants. */
  freePayload(record: number): void {
    if ((this.#engine.u32[record + LENGTH] ?? 0) > 0) this.#engine.exports.freeRecord(record << 2);
  }
}
