import { LEVELS } from '../abi/codes.ts';

/** Work per worker that a node process has in hand for each priority; bench process-isolation guards it. */
const WINDOW_US = 500;
/** And tasks, whatever they take: one runs, one is next. */
const TASKS_A_PLACE = 2;
/** What any task costs its worker beside its body. */
const LEAST_US = 0.2;
/** Tasks for one certain worker wait in its mailbox: they hold up nobody else and count for nothing. */
const MAILED = LEVELS;

/**
 * How many tasks may be released at once: they are what is lost when the process dies. For each priority no more than keeps
 * the workers busy until the next ones come, by the running mean of each task's type. docs/protocols/channel.md#window
 */
export class Window {
  readonly #fewest: number;
  readonly #budgetUs: number;
  readonly #costsOfTypesUs: Float64Array;
  /** By id. */
  readonly #levels: Uint8Array;
  readonly #costsUs: Float64Array;
  /** By priority. */
  readonly #counts = new Float64Array(LEVELS + 1);
  readonly #sumsUs = new Float64Array(LEVELS + 1);

  /** @param places tasks that the workers can run at once. @param types how many types of tasks there are */
  constructor(places: number, types: number, capacity: number) {
    this.#fewest = TASKS_A_PLACE * places;
    this.#budgetUs = WINDOW_US * places;
    this.#costsOfTypesUs = new Float64Array(types).fill(WINDOW_US); // not known yet
    this.#levels = new Uint8Array(capacity);
    this.#costsUs = new Float64Array(capacity);
  }

  /** Whether another task may be released. */
  fits(level: number, type: number): boolean {
    if ((this.#counts[level] ?? 0) < this.#fewest) return true;
    return (this.#sumsUs[level] ?? 0) + (this.#costsOfTypesUs[type] ?? WINDOW_US) <= this.#budgetUs;
  }

  /** How many more tasks may be released, all of one type. */
  room(level: number, type: number): number {
    if (!this.fits(level, type)) return 0;
    const leftUs = this.#budgetUs - (this.#sumsUs[level] ?? 0);
    const few = this.#fewest - (this.#counts[level] ?? 0);
    return Math.max(1, few, Math.floor(leftUs / (this.#costsOfTypesUs[type] ?? WINDOW_US)));
  }

  /** How many of one type may be released when nothing else is. */
  grasp(type: number): number {
    return Math.max(this.#fewest, Math.floor(this.#budgetUs / (this.#costsOfTypesUs[type] ?? WINDOW_US)));
  }

  /** A task is released. */
  enter(id: number, level: number, type: number, mailed: boolean): void {
    const at = mailed ? MAILED : level;
    const costUs = this.#costsOfTypesUs[type] ?? WINDOW_US;
    this.#levels[id] = at;
    this.#costsUs[id] = costUs;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sumsUs[at] = (this.#sumsUs[at] ?? 0) + costUs;
  }

  /** A released task has ended. */
  leave(id: number): void {
    const at = this.#levels[id] ?? MAILED;
    const count = (this.#counts[at] ?? 0) - 1;
    this.#counts[at] = count;
    this.#sumsUs[at] = count === 0 ? 0 : (this.#sumsUs[at] ?? 0) - (this.#costsUs[id] ?? 0); // no rounding error stays
  }

  /** Whether a released task is for one certain worker. */
  isMailed(id: number): boolean {
    return this.#levels[id] === MAILED;
  }

  /** What a task of a type takes. */
  learn(type: number, meanUs: number): void {
    this.#costsOfTypesUs[type] = Math.min(WINDOW_US, Math.max(LEAST_US, meanUs)); // a long one takes one place, not all
  }
}
