/** What scripts may ask for, by the numbers of assembly/stress/history.ts. */
export const What = {
  More: 0,
  End: 1,
  Meet: 2,
  Pause: 3,
  UntilEmpty: 4,
  Forget: 5,
  Submit: 10,
  Take: 11,
  Move: 12,
  Publish: 20,
  TakeOwn: 21,
  StealHalf: 22,
  PushMagazine: 40,
  PopMagazine: 41,
  Deliver: 50,
  TakeInbox: 51,
  Mail: 52,
  TakeMail: 53,
  AllocSlot: 60,
  FreeSlot: 61,
  AllocBlock: 62,
  FreeBlock: 63,
  EnterQueued: 64,
  Claim: 65,
  Cancel: 66,
} as const;

/** In place of an argument: whatever the thread has held for longest; nothing is done when it holds nothing. */
export const HELD = -1;

/** One operation of a thread: what it was asked, what it answered, and when, by a counter that all threads share. */
export interface Operation {
  readonly thread: number;
  readonly what: number;
  readonly a: number;
  readonly b: number;
  /** The answer; an operation of several values has the further ones behind it. */
  readonly answers: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const PUTS = new Set<number>([What.Submit, What.Publish, What.PushMagazine, What.Deliver, What.Mail]);
const TAKES = new Set<number>([
  What.Take,
  What.Move,
  What.TakeOwn,
  What.StealHalf,
  What.PopMagazine,
  What.TakeInbox,
  What.TakeMail,
]);
const NAMES = new Map(Object.entries(What).map(([name, what]) => [what as number, name]));

/** The answer of an operation, of the first value when there are several. */
export function answerOf(operation: Operation): number {
  return operation.answers[0] ?? NaN;
}

export function isTake(operation: Operation): boolean {
  return TAKES.has(operation.what);
}

/** Values that it has put into the structure. */
export function valuesPut(operation: Operation): readonly number[] {
  if (!PUTS.has(operation.what) || answerOf(operation) < 0) return [];
  const { what, a, b } = operation;
  return what === What.Publish ? Array.from({ length: b }, (_, offset) => a + offset) : [a];
}

/** Values that it has taken out. */
export function valuesTaken(operation: Operation): readonly number[] {
  return isTake(operation) && answerOf(operation) >= 0 ? operation.answers : [];
}

/** A history as people read it, a line an operation, by when they began. */
export function describeHistory(history: readonly Operation[]): string {
  const lines = history
    .toSorted((one, other) => one.begin - other.begin)
    .map(({ thread, what, a, b, answers, begin, end }) => {
      const call = `${NAMES.get(what) ?? String(what)}(${String(a)}, ${String(b)})`;
      return `${String(begin).padStart(7)} … ${String(end).padEnd(7)} thread ${String(thread)}  ${call} = ${answers.join(' ')}`;
    });
  return lines.join('\n');
}

/** How many operations had not ended when the next one began: a history without any is no proof of anything. */
export function overlaps(history: readonly Operation[]): number {
  const sorted = history.toSorted((one, other) => one.begin - other.begin);
  return sorted.filter((operation, index) => operation.end > (sorted[index + 1]?.begin ?? Infinity)).length;
}
