/**
 * The main job: value and risk of an option book, on real prices.
 *
 * 1. data.ts reads twenty years of daily closes and estimates the volatility.
 * 2. book.ts builds the book, pricing.ts prices it by Monte Carlo in Low tasks, while quotes.ts has Critical quotes
 *    answered at a steady rate.
 * 3. value-at-risk.ts revalues the book under every daily return.
 * 4. rivals.ts measures the same kernel on bare worker threads.
 */
import { createEngine } from '../../src/index.ts';
import { buildBook } from './book.ts';
import { loadMarket, type Market } from './data.ts';
import { runJob, type JobResult } from './job.ts';
import { parseOptions, USAGE, UsageError, type Options } from './options.ts';
import { BATCHES, pricingInputs } from './pricing.ts';
import { createProgress, type Progress } from './progress.ts';
import { findFailure, toJson, toReport } from './report.ts';
import { measureRivals, type RivalResult } from './rivals.ts';
import { KERNELS, type RiskKernels } from './tasks.ts';

/** Half a second for one worker on the machine this was written on: long beside the noise of starting and stopping. */
const RIVAL_TASKS = 4_000;
const RIVAL_ROUNDS = 7;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options.help) process.stdout.write(USAGE);
    return options.help ? 0 : await run(options);
  } catch (error) {
    process.stderr.write(`risk: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run(options: Options): Promise<number> {
  const market = await loadMarket();
  const progress = createProgress(process.stderr);
  let job: JobResult;
  let rivals: RivalResult;
  try {
    job = await compute(market, options, progress);
    rivals = await compare(market, job.workers, options, progress);
  } finally {
    progress.end();
  }
  process.stdout.write(options.json ? `${toJson(job, rivals)}\n` : toReport(market, job, rivals));
  const failure = findFailure(job);
  if (failure !== undefined) process.stderr.write(`risk: ${failure}\n`);
  return failure === undefined ? 0 : 1;
}

async function compute(market: Market, options: Options, progress: Progress): Promise<JobResult> {
  const engine = await createEngine<RiskKernels>({
    kernels: KERNELS,
    timing: 'all',
    name: 'risk',
    ...(options.workers === undefined ? {} : { workers: options.workers }),
  });
  try {
    const book = buildBook(market, options.contracts);
    return await runJob(engine, market, book, { leastQuotes: options.quotes, progress });
  } finally {
    await engine.close();
  }
}

async function compare(market: Market, workers: number, options: Options, progress: Progress): Promise<RivalResult> {
  const book = buildBook(market, options.contracts).slice(0, RIVAL_TASKS / BATCHES);
  return measureRivals({
    workers,
    inputs: Array.from(pricingInputs(book), (input) => input.slice()),
    rounds: RIVAL_ROUNDS,
    events: options.quotes,
    progress,
  });
}
