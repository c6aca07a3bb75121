/**
 * `npm run soak -- [--minutes N] [--seed S]`: a mixed load on one engine, with workers that exit and crash, and beside it
 * engines that come and go. At quiet points nothing may be left; over the run nothing may grow. Exits 1 when something does.
 */
import { parseArgs } from 'node:util';
import { startEngine } from '../fuzz/engine.ts';
import { Execution } from '../fuzz/execution.ts';
import { randomProgram, type Settings } from '../fuzz/program.ts';
import { threadsOfProcess } from '../process-threads.ts';
import { slotsInUse } from '../slots.ts';
import { growthOfLastHalf, hasRisen, type Sample } from './trend.ts';

const STEPS = 100;
const MOST_IDS = 100_000;
/** Time between two lines. */
const INTERVAL_MS = 10_000;
const SHORTEST_INTERVAL_MS = 2_000;
/** More than the heap of V8 moves by itself: what a run of ten minutes leaks it shows at 6 MiB a minute, a longer one at less. */
const MOST_GROWTH_MIB = 32;
const MIBIBYTE = 2 ** 20;

const SETTINGS: Settings = {
  workers: 2,
  capacity: 1024,
  maxQueue: Infinity,
  concurrency: 2,
  starvationInterval: 64,
  timing: 'sampled',
  poolBytes: 1 << 24,
  kernels: true,
};

/** What is measured when nothing runs. */
interface Quiet {
  readonly tasks: number;
  readonly slots: number;
  readonly poolBytes: number;
  readonly rssMiB: number;
  readonly resources: number;
  readonly threads: number;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && value < Infinity) return value;
  throw new RangeError(`expected --${name} to be a number above 0, got ${JSON.stringify(text)}`);
}

function complain(problem: string): void {
  console.log(`  ${problem}`);
  process.exitCode = 1;
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const totalMs = positive('minutes', values.minutes) * 60_000;
const intervalMs = Math.max(SHORTEST_INTERVAL_MS, Math.min(INTERVAL_MS, totalMs / 16));
let seed = Math.floor(positive('seed', values.seed));
console.log(`seed ${String(seed)}, ${values.minutes} minutes, a line every ${String(intervalMs / 1000)} s`);

const runs = new Int32Array(new SharedArrayBuffer(4 * MOST_IDS));
const engine = await startEngine(SETTINGS, runs);
const begin = performance.now();
const points: (Quiet & { readonly atMs: number })[] = [];
const rss: Sample[] = [];
let others = 0;
let losses = 0;
engine.on('workerLost', () => {
  losses += 1;
});

async function work(untilMs: number): Promise<boolean> {
  while (performance.now() - begin < untilMs) {
    const own = seed % 8 === 0;
    const program = own ? randomProgram(seed, STEPS) : randomProgram(seed, STEPS, SETTINGS);
    const { problems, counts } = own ? await Execution.run(program) : await Execution.runOn(engine, program, runs);
    others += own ? (counts?.completed ?? 0) : 0;
    for (const problem of problems) complain(`seed ${String(seed)}${own ? ', an engine of its own' : ''}: ${problem}`);
    seed += 1;
    if (counts === undefined) return false; // it hangs
  }
  return true;
}

function look(): Quiet {
  const { submitted, poolBytesUsed } = engine.stats();
  return {
    tasks: submitted + others,
    slots: slotsInUse(engine.attach().source.memory).length,
    poolBytes: poolBytesUsed,
    rssMiB: process.memoryUsage.rss() / MIBIBYTE,
    resources: process.getActiveResourcesInfo().length,
    threads: threadsOfProcess(),
  };
}

function report({ tasks, slots, poolBytes, rssMiB, resources, threads }: Quiet, atMs: number): void {
  const before = points.at(-1);
  const rate = (1000 * (tasks - (before?.tasks ?? 0))) / (atMs - (before?.atMs ?? 0));
  console.log(
    [
      `${(atMs / 1000).toFixed(0).padStart(6)} s`,
      `${String(tasks)} tasks, ${rate.toFixed(0)} a second`,
      `${String(slots)} slots`,
      `${String(poolBytes)} pool bytes`,
      `${rssMiB.toFixed(0)} MiB resident`,
      `${String(resources)} resources`,
      `${String(threads)} threads`,
      `${String(losses)} workers lost`,
    ].join(', '),
  );
  if (slots !== 0 || poolBytes !== 0) complain('a quiet engine has slots or bytes in use');
}

for (
  let at = intervalMs;
  performance.now() - begin < totalMs && (await work(Math.min(at, totalMs)));
  at += intervalMs
) {
  const atMs = performance.now() - begin;
  const quiet = look();
  report(quiet, atMs);
  points.push({ ...quiet, atMs });
  rss.push({ atMs, value: quiet.rssMiB });
}
const growth = growthOfLastHalf(rss);
console.log(
  `resident memory over the last half: ${growth.toFixed(1)} MiB by trend, at most ${String(MOST_GROWTH_MIB)} allowed`,
);
if (growth > MOST_GROWTH_MIB) complain('resident memory grows');
if (hasRisen(points.map(({ resources }) => resources)))
  complain(`active resources grow: ${process.getActiveResourcesInfo().join(', ')}`);
if (hasRisen(points.map(({ threads }) => threads))) complain('threads grow');
const { completed, failed, cancelled, timedOut, lost, forced } = await engine.close();
console.log(`closed: ${JSON.stringify({ completed, failed, cancelled, timedOut, lost, forced })}`);
process.exit();
