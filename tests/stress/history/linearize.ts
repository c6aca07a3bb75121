/**
 * Is a history linearizable: is there an order of its operations that respects real time and in which a sequential object
 * would have answered the same? The search of Wing & Gong (1993) with the memory of Lowe (2017): a state that was reached
 * with the same operations behind it is not tried again. Objects that consist of independent parts are checked part by
 * part (P-compositionality, Horn & Kroening 2015): a history of all is linearizable if those of the parts are.
 */
import { describeHistory, type Operation, valuesPut, valuesTaken } from './operation.ts';

/** So many states are tried before a history counts as refuted: those that are linearizable need a few for each operation. */
const MOST_STATES = 200_000;

/** A sequential object. States are values: `step` makes another one. */
export interface Specification<State> {
  readonly initial: State;
  /** @returns the state afterwards, undefined when the object could not have answered so */
  step(state: State, operation: Operation): State | undefined;
  /** Equal for equal states. */
  key(state: State): string;
}

/** Why a history is none of the object: as far as the search came, and who could not follow. */
export interface Refutation {
  readonly history: readonly Operation[];
  readonly reached: readonly Operation[];
}

class Search<State> {
  readonly #operations: readonly Operation[];
  readonly #specification: Specification<State>;
  readonly #tried = new Set<string>();
  readonly #order: Operation[] = [];
  /** When the values of an operation came out. */
  readonly #outcomes: ReadonlyMap<Operation, number>;
  #reached: readonly Operation[] = [];

  constructor(history: readonly Operation[], specification: Specification<State>) {
    this.#operations = history.toSorted((one, other) => one.begin - other.begin);
    this.#specification = specification;
    this.#outcomes = outcomesOf(this.#operations);
  }

  run(): Refutation | undefined {
    if (this.#visit(this.#specification.initial, 0, 0n)) return undefined;
    return { history: this.#operations, reached: this.#reached };
  }

  /**
   * @param first the first operation that has no place in the order yet
   * @param beyond bit i: operation first + i has one
   */
  #visit(state: State, first: number, beyond: bigint): boolean {
    while ((beyond & 1n) === 1n) {
      beyond >>= 1n;
      first += 1;
    }
    if (first >= this.#operations.length) return true;
    const key = `${String(first)} ${beyond.toString(36)} ${this.#specification.key(state)}`;
    if (this.#tried.has(key) || this.#tried.size >= MOST_STATES) return false;
    this.#tried.add(key);
    if (this.#order.length > this.#reached.length) this.#reached = [...this.#order];
    for (const [offset, operation] of this.#candidates(first, beyond)) {
      const next = this.#specification.step(state, operation);
      if (next === undefined) continue;
      this.#order.push(operation);
      if (this.#visit(next, first, beyond | (1n << BigInt(offset)))) return true;
      this.#order.pop();
    }
    return false;
  }

  // Who may come next: nobody left ended before it began. Of values put in at once, those that come out first go first: most
  // often that is how it was, and else the search turns back.
  #candidates(first: number, beyond: bigint): (readonly [offset: number, Operation])[] {
    const found: (readonly [number, Operation])[] = [];
    let earliestEnd = Infinity;
    for (let offset = 0; ; ++offset, beyond >>= 1n) {
      const operation = this.#operations[first + offset];
      if (operation === undefined || operation.begin > earliestEnd) break;
      if ((beyond & 1n) === 1n) continue;
      earliestEnd = Math.min(earliestEnd, operation.end);
      found.push([offset, operation]);
    }
    const outcome = (operation: Operation): number => this.#outcomes.get(operation) ?? -1;
    return found.sort(([, one], [, other]) => outcome(one) - outcome(other));
  }
}

function outcomesOf(operations: readonly Operation[]): Map<Operation, number> {
  const taken = new Map<number, number>();
  for (const take of operations) {
    for (const [index, value] of valuesTaken(take).entries()) taken.set(value, take.begin + index / 1024);
  }
  const outcomes = new Map<Operation, number>();
  for (const operation of operations) {
    const [value] = valuesPut(operation);
    if (value !== undefined) outcomes.set(operation, taken.get(value) ?? Infinity);
  }
  return outcomes;
}

/** @returns undefined when the history is linearizable */
export function refuteLinearizable<State>(
  history: readonly Operation[],
  specification: Specification<State>,
): Refutation | undefined {
  return new Search(history, specification).run();
}

/** As `refuteLinearizable`, for an object of independent parts. @param partsOf the parts that an operation is about */
export function refuteByParts<State>(
  history: readonly Operation[],
  specification: Specification<State>,
  partsOf: (operation: Operation) => Iterable<number>,
): Refutation | undefined {
  const parts = new Map<number, Operation[]>();
  for (const operation of history) {
    for (const part of partsOf(operation)) {
      const own = parts.get(part);
      if (own === undefined) parts.set(part, [operation]);
      else own.push(operation);
    }
  }
  for (const own of parts.values()) {
    const refutation = refuteLinearizable(own, specification);
    if (refutation !== undefined) return refutation;
  }
  return undefined;
}

/** What to print when a history is refuted. */
export function describeRefutation({ history, reached }: Refutation): string {
  const left = history.filter((operation) => !reached.includes(operation));
  return `not linearizable: after the ${String(reached.length)} operations\n${describeHistory(reached)}\nnone of these fits:\n${describeHistory(left)}`;
}
