/**
 * What a history of any length must keep, checked in the time of a sort. For a queue of distinct values these are the
 * aspects of Henzinger, Sezgin & Vafeiadis ("Aspect-oriented linearizability proofs", 2013): nothing invented, nothing twice, nothing
 * overtaken, and EMPTY only when no value was there all the time; and, as a history ends with a drain, nothing lost.
 */
import { EMPTY, LOST_RACE } from '../../../src/abi/codes.ts';
import { answerOf, isTake, type Operation, valuesPut, valuesTaken } from './operation.ts';

/** The life of a value in the structure. */
interface Passage {
  readonly value: number;
  readonly put: Operation;
  readonly take: Operation;
}

/** @returns values that came out and were never put in, came out twice, or did not come out */
export function unbalanced(history: readonly Operation[]): string[] {
  const put = new Set(history.flatMap(valuesPut));
  const found: string[] = [];
  const taken = new Set<number>();
  for (const operation of history) {
    for (const value of valuesTaken(operation)) {
      if (!put.has(value)) found.push(`${String(value)} was invented by thread ${String(operation.thread)}`);
      if (taken.has(value))
        found.push(`${String(value)} came twice, the second time to thread ${String(operation.thread)}`);
      taken.add(value);
    }
  }
  for (const value of put) if (!taken.has(value)) found.push(`${String(value)} was lost`);
  return found;
}

function passages(history: readonly Operation[]): Passage[] {
  const puts = new Map(history.flatMap((put) => valuesPut(put).map((value) => [value, put] as const)));
  return history.flatMap((take) =>
    valuesTaken(take).flatMap((value) => {
      const put = puts.get(value);
      return put === undefined ? [] : [{ value, put, take }];
    }),
  );
}

/** @returns values that were put in before another one, certainly, and came out after it, certainly */
export function overtaken(history: readonly Operation[]): string[] {
  const all = passages(history);
  const byEnd = all.toSorted((one, other) => one.put.end - other.put.end);
  const found: string[] = [];
  let next = 0;
  let latest: Passage | undefined;
  for (const passage of all.toSorted((one, other) => one.put.begin - other.put.begin)) {
    for (
      let earlier = byEnd[next];
      earlier !== undefined && earlier.put.end < passage.put.begin;
      earlier = byEnd[++next]
    ) {
      if (latest === undefined || earlier.take.begin > latest.take.begin) latest = earlier;
    }
    if (latest !== undefined && latest.take.begin > passage.take.end) {
      found.push(`${String(latest.value)} was overtaken by ${String(passage.value)}`);
    }
  }
  return found;
}

/** @returns answers EMPTY while a value was in the structure from before the question until after the answer */
export function falselyEmpty(history: readonly Operation[]): string[] {
  const byEnd = passages(history).toSorted((one, other) => one.put.end - other.put.end);
  const found: string[] = [];
  let next = 0;
  let latest: Passage | undefined;
  const empty = history.filter((operation) => isTake(operation) && answerOf(operation) === EMPTY);
  for (const operation of empty.toSorted((one, other) => one.begin - other.begin)) {
    for (
      let earlier = byEnd[next];
      earlier !== undefined && earlier.put.end < operation.begin;
      earlier = byEnd[++next]
    ) {
      if (latest === undefined || earlier.take.begin > latest.take.begin) latest = earlier;
    }
    if (latest !== undefined && latest.take.begin > operation.end) {
      found.push(
        `thread ${String(operation.thread)} found nothing at ${String(operation.begin)} though ${String(latest.value)} was there`,
      );
    }
  }
  return found;
}

/** @returns takers that lost a race against nobody: no other take that succeeded overlaps theirs */
export function unexplainedLosses(history: readonly Operation[]): string[] {
  const successes = history
    .filter((operation) => valuesTaken(operation).length > 0)
    .toSorted((one, other) => one.begin - other.begin);
  let next = 0;
  let latestEnd = -1;
  const found: string[] = [];
  const lost = history.filter((operation) => answerOf(operation) === LOST_RACE && isTake(operation));
  for (const operation of lost.toSorted((one, other) => one.end - other.end)) {
    for (let other = successes[next]; other !== undefined && other.begin < operation.end; other = successes[++next]) {
      latestEnd = Math.max(latestEnd, other.end);
    }
    if (latestEnd < operation.begin) {
      found.push(`thread ${String(operation.thread)} lost a race at ${String(operation.begin)} that nobody won`);
    }
  }
  return found;
}
