/**
 * The job proper: quotes start, the book is priced, then revalued for its value-at-risk, quotes end; all on one engine.
 */
import type { Contract } from './book.ts';
import type { Market } from './data.ts';
import { BATCHES, bookValue, deviation, priceBook, type Deviation, type Estimate } from './pricing.ts';
import type { Progress } from './progress.ts';
import { startQuotes } from './quotes.ts';
import type { RiskEngine } from './tasks.ts';
import { countRevaluations, revalueBook, valueAtRisk } from './value-at-risk.ts';
import { warmUp } from './warm-up.ts';

const LEVEL = 0.99;

/** Microseconds from submission to start. */
export interface Waits {
  readonly p50us: number;
  readonly p99us: number;
  readonly p999us: number;
}

export interface JobResult {
  readonly contracts: number;
  readonly quotes: number;
  readonly bookValue: number;
  readonly valueAtRisk99: number;
  readonly deviation: Deviation;
  readonly seconds: number;
  /** All tasks of all kinds. */
  readonly tasks: number;
  readonly failed: number;
  readonly workers: number;
  /** Mean over the workers, 0 to 1. */
  readonly utilization: number;
  readonly critical: Waits;
  readonly low: Waits;
}

export interface JobOptions {
  readonly leastQuotes: number;
  readonly progress: Progress;
}

export async function runJob(
  engine: RiskEngine,
  market: Market,
  book: readonly Contract[],
  { leastQuotes, progress }: JobOptions,
): Promise<JobResult> {
  const start = performance.now();
  await warmUp(engine, book, market);
  const stream = startQuotes(engine, book, market, leastQuotes);
  const risk = computeRisk(engine, market, book, progress).then(
    (result) => {
      stream.finish();
      return result;
    },
    (error: unknown) => {
      stream.abandon();
      throw error;
    },
  );
  const [{ estimates, profits }, quotes] = await Promise.all([risk, stream.done]);
  await engine.drain();
  const seconds = (performance.now() - start) / 1000;
  const stats = engine.stats();
  const workers = stats.workers.length;
  return {
    contracts: book.length,
    quotes: quotes.sent,
    bookValue: bookValue(book, estimates),
    valueAtRisk99: valueAtRisk(profits, LEVEL),
    deviation: deviation(book, estimates),
    seconds,
    tasks: stats.completed + stats.failed,
    failed: Math.max(stats.failed, quotes.failed),
    workers,
    utilization: stats.workers.reduce((sum, { utilization }) => sum + utilization, 0) / workers,
    critical: toWaits(stats.priorities.critical.waitUs),
    low: toWaits(stats.priorities.low.waitUs),
  };
}

async function computeRisk(
  engine: RiskEngine,
  market: Market,
  book: readonly Contract[],
  progress: Progress,
): Promise<{ readonly estimates: readonly Estimate[]; readonly profits: Float64Array }> {
  const onTask = (): void => {
    progress.step();
  };
  progress.phase('Monte Carlo', book.length * BATCHES);
  const estimates = await priceBook(engine, book, onTask);
  progress.phase('value-at-risk', countRevaluations(book.length, market.logReturns.length));
  const profits = await revalueBook(engine, book, market, onTask);
  return { estimates, profits };
}

function toWaits(waitUs: { readonly p50: number; readonly p99: number; readonly p999: number }): Waits {
  return { p50us: waitUs.p50, p99us: waitUs.p99, p999us: waitUs.p999 };
}
