/** The same race against a worker with an event loop, which sleeps by `Atomics.waitAsync`, through the public API. */
import * as layout from '../../src/abi/layout.ts';
import { WorkStealingScheduler } from '../../src/scheduler/scheduler.ts';
import { TASKS, type Tasks } from '../support/engines.ts';
import { Random } from '../support/random.ts';
import type { Parking } from './parking.ts';

/** Rounds between two looks at the clock of the watchdog. */
const TOGETHER = 1000;
/** A worker looks for work for some 20 µs before it parks, and what it does with a task comes before that. */
const LONGEST_PAUSES_MS = [0.005, 0.03, 0.1];

/** @throws Error with the seed, the round and the words of the protocol when a task has not run after `patienceMs` */
export async function raceParkingHandlers(seed: number, rounds: number, patienceMs: number): Promise<Parking> {
  const engine = await WorkStealingScheduler.start<Tasks>({ tasks: TASKS, workers: 1, memory: { poolBytes: 1 << 20 } });
  const random = new Random(seed);
  let round = 0;
  const race = async (until: number): Promise<void> => {
    for (; round < until; ++round) {
      const answer = await engine.run('squared', round);
      if (answer !== round * round) throw new Error(`seed ${String(seed)}, round ${String(round)}: ${String(answer)}`);
      const end = performance.now() + random.next() * random.pick(LONGEST_PAUSES_MS);
      while (performance.now() < end);
    }
  };
  const lost = (): Error =>
    new Error(`seed ${String(seed)}, round ${String(round)}: a task waits: a lost wake-up\n${describeWords(engine)}`);
  try {
    while (round < rounds) await withWatchdog(race(Math.min(rounds, round + TOGETHER)), patienceMs, lost);
    return { rounds, parks: engine.stats().workers[0]?.parked ?? 0 };
  } finally {
    await engine.close({ drain: false });
  }
}

async function withWatchdog(work: Promise<void>, patienceMs: number, late: () => Error): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const watchdog = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(late());
    }, patienceMs);
  });
  try {
    await Promise.race([work, watchdog]);
  } finally {
    clearTimeout(timer);
  }
}

function describeWords(engine: WorkStealingScheduler<Tasks>): string {
  const words = new Int32Array(engine.attach().source.memory.buffer);
  const word = (address: number): string => String(words[address >>> 2]);
  const worker = words[layout.HEADER_WORKER_BLOCKS >>> 2] ?? 0;
  const submitter = words[layout.HEADER_SUBMITTER_BLOCKS >>> 2] ?? 0;
  return [
    `level word ${word(layout.LEVEL_WORD)}`,
    `roster: idle ${word(layout.ROSTER)}, searching ${word(layout.ROSTER + 4)}`,
    `worker: park ${word(worker + layout.WORKER_PARK)}, attention ${word(worker + layout.WORKER_ATTENTION)}`,
    `host: inbox ${word(submitter + layout.SUBMITTER_INBOX)}, armed ${word(submitter + layout.SUBMITTER_ARMED)}`,
    JSON.stringify(engine.stats().workers),
  ].join('\n');
}
