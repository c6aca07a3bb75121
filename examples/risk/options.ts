/** The command line of the risk job. */
import { parseArgs } from 'node:util';
import { DEFAULT_CONTRACTS } from './book.ts';

const DEFAULT_QUOTES = 10_000;
const MOST_WORKERS = 1_024;
const MOST_CONTRACTS = 1_000_000;
const MOST_QUOTES = 1_000_000;

export const USAGE = `Usage: npm start -- [--workers N] [--contracts N] [--quotes N] [--json]

Prices a book of European options on the S&P 500 by Monte Carlo while quotes are
answered, then computes its one-day 99 % historical value-at-risk.

  --workers N    worker threads (default: the CPUs this process may use)
  --contracts N  size of the book (default: ${String(DEFAULT_CONTRACTS)})
  --quotes N     least number of quotes (default: ${String(DEFAULT_QUOTES)})
  --json         print one JSON line instead of the report
  --help         print this

Exit code: 0 done, 1 a task failed or a price is more than 5 standard errors off,
2 wrong usage.
`;

export interface Options {
  /** Undefined: as many as the engine takes by itself. */
  readonly workers: number | undefined;
  readonly contracts: number;
  readonly quotes: number;
  readonly json: boolean;
  readonly help: boolean;
}

/** The command line was not understood; the message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `args` without the program's name. */
export function parseOptions(args: readonly string[]): Options {
  const { workers, contracts, quotes, json, help } = parse(args);
  return {
    workers: workers === undefined ? undefined : parseCount('--workers', workers, MOST_WORKERS),
    contracts: contracts === undefined ? DEFAULT_CONTRACTS : parseCount('--contracts', contracts, MOST_CONTRACTS),
    quotes: quotes === undefined ? DEFAULT_QUOTES : parseCount('--quotes', quotes, MOST_QUOTES),
    json: json === true,
    help: help === true,
  };
}

interface RawOptions {
  readonly workers?: string | undefined;
  readonly contracts?: string | undefined;
  readonly quotes?: string | undefined;
  readonly json?: boolean | undefined;
  readonly help?: boolean | undefined;
}

function parse(args: readonly string[]): RawOptions {
  try {
    return parseArgs({
      args: [...args],
      options: {
        workers: { type: 'string' },
        contracts: { type: 'string' },
        quotes: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message.replaceAll(/\s*\n\s*/g, ' ') : String(cause);
    throw new UsageError(`${problem} (see --help)`, { cause });
  }
}

function parseCount(option: string, text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= 1 && value <= most) return value;
  throw new UsageError(`${option}: expected a whole number from 1 to ${String(most)}, got "${text}"`);
}
