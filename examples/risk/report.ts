/** What the job prints on stdout: a report for people or one line of JSON. */
import type { Market } from './data.ts';
import type { JobResult, Waits } from './job.ts';
import { BATCHES } from './pricing.ts';
import type { RivalResult } from './rivals.ts';

/** Largest deviation from the closed form that passes, in standard errors. */
const MOST_STANDARD_ERRORS = 5;

/** Why the job counts as failed; undefined when all is well. A deviation that is not a number does not pass. */
export function findFailure({ failed, deviation }: JobResult): string | undefined {
  if (failed > 0) return `expected every task to complete, ${String(failed)} failed`;
  if (deviation.largest <= MOST_STANDARD_ERRORS) return undefined;
  const got = deviation.largest.toFixed(2);
  return `expected every price within ${String(MOST_STANDARD_ERRORS)} standard errors of the closed form, got ${got}`;
}

export function toJson(job: JobResult, rivals: RivalResult): string {
  return JSON.stringify({
    contracts: job.contracts,
    quotes: job.quotes,
    bookValue: job.bookValue,
    valueAtRisk99: job.valueAtRisk99,
    maxDeviationStdErr: job.deviation.largest,
    seconds: job.seconds,
    tasksPerSecond: job.tasks / job.seconds,
    workers: job.workers,
    speedup: rivals.speedup,
    bareSpeedup: rivals.bareSpeedup,
    failed: job.failed,
    utilization: job.utilization,
    critical: job.critical,
    low: job.low,
    control: { p999us: rivals.control.p999us },
  });
}

export function toReport(market: Market, job: JobResult, rivals: RivalResult): string {
  const rows: readonly (readonly [string, string])[] = [
    ['market', `S&P 500, ${market.from} to ${market.to}, ${grouped(market.logReturns.length)} daily returns`],
    ['', `spot ${grouped(market.spot, 2)}, volatility ${percent(market.annualVolatility)} a year`],
    ['book', `${grouped(job.contracts)} European options, ${String(BATCHES)} Monte Carlo tasks each`],
    ['book value', grouped(job.bookValue, 2)],
    ['value-at-risk', `${grouped(job.valueAtRisk99, 2)} (one day, 99 %, historical)`],
    ['deviation', `largest ${job.deviation.largest.toFixed(2)} standard errors from Black–Scholes`],
    [
      '',
      `root mean square ${job.deviation.rootMeanSquare.toFixed(3)}; ` +
        `sampled / exact standard error ${job.deviation.errorRatio.toFixed(3)}`,
    ],
    ['tasks', `${grouped(job.tasks)} in ${job.seconds.toFixed(1)} s, ${grouped(job.tasks / job.seconds)} a second`],
    ['', `${grouped(job.quotes)} of them quotes; ${grouped(job.failed)} failed`],
    ['workers', `${String(job.workers)}, ${percent(job.utilization)} busy`],
    ['speed-up', `${rivals.speedup.toFixed(2)} over one worker; bare threads ${rivals.bareSpeedup.toFixed(2)}`],
    ['wait', `${'p50'.padStart(10)}${'p99'.padStart(10)}${'p99.9'.padStart(10)}   µs`],
    ['  Critical', waits(job.critical)],
    ['  Low', waits(job.low)],
    ['  control', `${waits(rivals.control)}   (bare threads polling one flag)`],
  ];
  return rows.map(([name, text]) => `${name.padEnd(16)}${text}\n`).join('');
}

function waits({ p50us, p99us, p999us }: Waits): string {
  return [p50us, p99us, p999us].map((us) => grouped(us).padStart(10)).join('');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function grouped(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
