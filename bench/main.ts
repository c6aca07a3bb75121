import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { BenchCase, BenchContext, Match } from './case.ts';
import { loadLibrary, packageRoot } from './library.ts';
import { describeMachine } from './machine.ts';
import { judge, judgeBuilds, type Outcome } from './outcome.ts';
import { caseHeading, machineLines, outcomeLine, summaryLine } from './report.ts';
import { buildRevision, type Revision } from './revision.ts';
import { playRounds } from './rounds.ts';
import { NAMES, selectCases } from './suites.ts';

export interface BenchArgs {
  /** Suites or cases; none means all. */
  readonly names: readonly string[];
  /** File for the figures. */
  readonly json?: string;
  /** Everything in about five minutes. */
  readonly quick: boolean;
  /** Measure the pools too; they are development dependencies. */
  readonly rivals: boolean;
  /** A git revision to measure against, instead of rivals. */
  readonly against?: string;
  readonly signal?: AbortSignal;
}

/** Exit codes of the command line. */
const DONE = 0;
const CRASHED = 1;
const WRONG_USAGE = 2;
const INTERRUPTED = 130;

/** Runs the cases and prints the report; a missed goal is a result, not a failure. */
export async function runBench(args: BenchArgs): Promise<number> {
  const unknown = args.names.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`expected suites or cases of ${NAMES.join(', ')}; got ${unknown.join(', ')}\n`);
    return WRONG_USAGE;
  }
  const signal = args.signal ?? new AbortController().signal;
  const start = performance.now();
  const machine = describeMachine();
  const outcomes: Outcome[] = [];
  let crashed = false;
  let old: Revision | undefined;
  print(machineLines(machine));
  try {
    if (args.against !== undefined) {
      process.stderr.write(`building ${args.against}\n`);
      old = await buildRevision(args.against, signal);
    }
    const library = await loadLibrary(packageRoot());
    const context = { library, quick: args.quick, rivals: args.rivals, workers: availableParallelism(), signal };
    const cases = selectCases(args.names);
    if (cases.length === 0) print(['', `no case in ${args.names.join(', ')} yet`]);
    for (const benchCase of cases) {
      print(caseHeading(benchCase));
      crashed = !(await runCase(benchCase, context, old, outcomes)) || crashed;
    }
  } catch (error) {
    if (!signal.aborted) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      crashed = true;
    }
  } finally {
    await old?.remove();
  }
  print(['', summaryLine(outcomes, (performance.now() - start) / 1_000)]);
  if (args.json !== undefined) await writeFile(args.json, `${JSON.stringify({ machine, cases: outcomes }, null, 2)}\n`);
  return signal.aborted ? INTERRUPTED : crashed ? CRASHED : DONE;
}

/** Resolves to false when the case crashed; the others still run. */
async function runCase(
  benchCase: BenchCase,
  context: BenchContext,
  old: Revision | undefined,
  outcomes: Outcome[],
): Promise<boolean> {
  try {
    for (const match of await benchCase.matches(context)) {
      process.stderr.write(`measuring ${match.id}\n`);
      const found = await playMatch(match, context, old);
      outcomes.push(...found);
      print(found.map(outcomeLine));
    }
    return true;
  } catch (error) {
    if (context.signal.aborted) throw error;
    process.stderr.write(`${benchCase.id} crashed: ${describeError(error)}\n`);
    print([`${benchCase.id} crashed`]);
    return false;
  }
}

async function playMatch(match: Match, context: BenchContext, old: Revision | undefined): Promise<readonly Outcome[]> {
  if (old !== undefined) {
    const builds = [
      { name: 'this build', open: () => match.engine(context.library) },
      { name: old.name, open: () => match.engine(old.library) },
    ];
    const [ours, theirs] = await playRounds(match, builds, [], context);
    if (ours === undefined || theirs === undefined) return [];
    return match.metrics.map((metric) => judgeBuilds(match, metric, ours, theirs));
  }
  const contenders = match.contenders.filter(({ role }) => context.rivals || role === 'floor');
  const engine = { name: 'tallyio', open: () => match.engine(context.library) };
  const [ours, ...others] = await playRounds(match, [engine], contenders, context);
  if (ours === undefined) return [];
  return match.metrics.flatMap((metric) => judge(match, metric, ours, others));
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${describeError(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
