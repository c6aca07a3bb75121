import type { Crew } from '../crew.ts';
import { type Operation, What } from './operation.ts';

/** Words of an operation in a script and in the records. */
const SCRIPT_WORDS = 3;
const RECORD_WORDS = 6;
/** A thread may hold so many bytes of values, and may have so many further values or repeated operations recorded. */
const HELD_BYTES = 1 << 16;
const FURTHER_BYTES = 1 << 20;
/** Operations of a script at most. */
const MOST_OPERATIONS = 20_000;
const THREAD_BYTES = HELD_BYTES + MOST_OPERATIONS * (SCRIPT_WORDS + RECORD_WORDS) * 4 + FURTHER_BYTES;

/** What one thread does: an operation with its arguments, one after the other. */
export type Step = readonly [what: number, a?: number, b?: number];

/** What the threads do in a round, phase by phase, by thread. A phase begins when all threads have ended the one before. */
export type Round = readonly (readonly (readonly Step[])[])[];

/** Spare memory that a crew needs to be recorded. */
export function recorderBytes(threads: number): number {
  return threads * THREAD_BYTES;
}

/** Runs rounds on a crew, without a turn of JavaScript in between. @returns the history of each */
export async function record(crew: Crew, seed: number, plan: readonly Round[]): Promise<Operation[][]> {
  crew.reset(0);
  // The round of each phase.
  const rounds = plan.flatMap((round, index) => round.map(() => index));
  const places = Array.from({ length: crew.size }, (_, thread) => placeOf(crew, thread));
  for (const [thread, place] of places.entries()) writeScript(crew, place.script, thread, plan.flat());
  const lengths = await crew.run(
    places.map(({ held, script, records }) => [
      { name: 'historyBegin', args: [crew.control, held] },
      { name: 'historyRun', args: [script, records, crew.size] },
    ]),
    seed,
  );
  if (crew.violations > 0) throw new Error(`seed ${String(seed)}: a thread waited for another one in vain`);
  const histories: Operation[][] = plan.map(() => []);
  for (const [thread, place] of places.entries()) {
    const words = crew.words(place.records, (lengths[thread] ?? 0) / 4);
    for (const [meetings, operation] of read(words, thread)) histories[rounds[meetings - 1] ?? -1]?.push(operation);
  }
  return histories;
}

function placeOf(crew: Crew, thread: number): { held: number; script: number; records: number } {
  const held = crew.spare + thread * THREAD_BYTES;
  const script = held + HELD_BYTES;
  return { held, script, records: script + MOST_OPERATIONS * SCRIPT_WORDS * 4 };
}

function writeScript(crew: Crew, address: number, thread: number, phases: Round): void {
  const steps: Step[] = phases.flatMap((phase) => [[What.Meet], ...(phase[thread] ?? [])]);
  if (steps.length >= MOST_OPERATIONS)
    throw new RangeError(`expected a script of less than ${String(MOST_OPERATIONS)}`);
  const words = crew.words(address, (steps.length + 1) * SCRIPT_WORDS);
  for (const [index, [what, a = 0, b = 0]] of steps.entries()) words.set([what, a, b], index * SCRIPT_WORDS);
  words.set([What.End, 0, 0], steps.length * SCRIPT_WORDS);
}

function* read(words: Int32Array, thread: number): IterableIterator<readonly [meetings: number, Operation]> {
  let meetings = 0;
  for (let at = 0; at < words.length;) {
    const [what = 0, a = 0, b = 0, answer = 0, begin = 0, end = 0] = words.subarray(at, at + RECORD_WORDS);
    at += RECORD_WORDS;
    if (what === What.Meet) {
      meetings += 1;
      continue;
    }
    const answers = [answer];
    for (; words[at] === What.More && at < words.length; at += RECORD_WORDS) answers.push(words[at + 3] ?? 0);
    yield [meetings, { thread, what, a, b, answers, begin, end }];
  }
}
