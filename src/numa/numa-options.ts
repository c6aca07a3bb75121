import { NumaError } from '../base/errors.ts';
import { givenOf, isGiven } from '../base/given.ts';

/** How a NumaScheduler looks at the machine. */
export interface NumaSchedulerOptions {
  /** Whether kernel counters are read while there is work, and degradations are told. @default true */
  readonly monitoring?: boolean | undefined;
  /** Efficiency and residency below this are a degradation; 0 … 1, 0 = never. @default 0.8 */
  readonly efficiencyThreshold?: number | undefined;
  /** Directory that holds `proc/` and `sys/`. @default '/' */
  readonly root?: string | undefined;
}

/** NumaSchedulerOptions with nothing left out. */
export interface ResolvedNumaOptions {
  readonly monitoring: boolean;
  readonly efficiencyThreshold: number;
  readonly root: string;
}

const DEFAULTS: ResolvedNumaOptions = Object.freeze({ monitoring: true, efficiencyThreshold: 0.8, root: '/' });
const NAMES = ['monitoring', 'efficiencyThreshold', 'root'] as const satisfies (keyof NumaSchedulerOptions)[];

/**
 * @param names those that may be given
 * @throws NumaError ERR_INVALID_OPTION
 */
export function resolveNumaOptions(options: unknown = {}, names: readonly string[] = NAMES): ResolvedNumaOptions {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', 'an object', options);
  for (const name in options) {
    if (names.includes(name) || !isGiven(options, name)) continue;
    throw invalidOption('options', `an object with no other names than ${names.join(', ')}`, name);
  }
  const given = givenOf(options, names);
  return Object.freeze({
    monitoring: checkBoolean('monitoring', given['monitoring']) ?? DEFAULTS.monitoring,
    efficiencyThreshold:
      checkShare('efficiencyThreshold', given['efficiencyThreshold']) ?? DEFAULTS.efficiencyThreshold,
    root: checkText('root', given['root']) ?? DEFAULTS.root,
  });
}

/** The error for an option: expected, got. */
export function invalidOption(option: string, expected: string, got: unknown): NumaError {
  return new NumaError('ERR_INVALID_OPTION', `expected ${option} to be ${expected}, got ${show(got)}`, { option });
}

function checkBoolean(name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidOption(name, 'true or false', value);
}

function checkShare(name: string, value: unknown): number | undefined {
  if (value === undefined || (typeof value === 'number' && value >= 0 && value <= 1)) return value;
  throw invalidOption(name, 'a number, 0 … 1', value);
}

function checkText(name: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '' && !value.includes('\0'))) return value;
  throw invalidOption(name, 'the path of a directory that holds proc/ and sys/', value);
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (value === null || ['number', 'bigint', 'boolean', 'undefined'].includes(typeof value)) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
