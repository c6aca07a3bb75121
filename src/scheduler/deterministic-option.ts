import { WorkStealingError } from '../base/errors.ts';
import { givenOf } from '../base/given.ts';
import { invalid, rejectUnknown } from '../client/run-options.ts';

/** As many virtual workers as there are by default on any machine, so that the same seed means the same everywhere. */
export const VIRTUAL_WORKERS = 4;

/** Options that say how a thread is started. */
const OF_THREADS = ['resourceLimits', 'env', 'execArgv'];

/**
 * Reads option `deterministic`.
 *
 * @param read gives the other options
 * @returns the seed, undefined when everything runs on threads
 * @throws WorkStealingError ERR_INVALID_OPTION
 */
export function seedOf(value: unknown, read: (option: string) => unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) throw invalid('deterministic', 'an object { seed }', value);
  rejectUnknown(value, ['seed'], 'deterministic');
  const { seed } = givenOf(value, ['seed']);
  if (!Number.isSafeInteger(seed) || (seed as number) < 0) {
    throw invalid('deterministic.seed', 'a whole number, 0 … 2⁵³ − 1', seed);
  }
  const refused =
    OF_THREADS.find((option) => read(option) !== undefined) ??
    (read('isolation') === 'process' ? 'isolation' : undefined) ??
    (isObject(read('numa')) ? 'numa' : undefined);
  if (refused !== undefined) throw needsThreads(refused);
  if (read('objectives') !== undefined) throw needsTime();
  return seed as number;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function needsThreads(option: string): WorkStealingError {
  return new WorkStealingError(
    'ERR_INVALID_OPTION',
    `expected no ${option} with deterministic, where everything runs on the calling thread and no thread is started: leave ` +
      `${option} out, or run without deterministic`,
    { option },
  );
}

function needsTime(): WorkStealingError {
  return new WorkStealingError(
    'ERR_INVALID_OPTION',
    'expected no objectives with deterministic, where the clock counts steps and no duration means anything: leave objectives ' +
      'out, or run without deterministic',
    { option: 'objectives' },
  );
}
