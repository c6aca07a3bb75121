/** Rounds of “a task is submitted while the last worker falls asleep” on a crew: docs/protocols/idle.md */
import { ATTENTION_STOP } from '../../src/abi/codes.ts';
import * as layout from '../../src/abi/layout.ts';
import { Random } from '../support/random.ts';
import type { Crew } from './crew.ts';

const KERNEL = 0;
/** Rounds between two turns of JavaScript. */
const TOGETHER = 20_000;

/** How the rounds went. */
export interface Parking {
  readonly rounds: number;
  /** How often a worker slept. */
  readonly parks: number;
}

/**
 * Thread 0 submits, the others are workers without spinning. Half of the rounds meet a worker that is parking, more or less:
 * the pauses are as long as that takes.
 *
 * @param patienceMs a task that has not run after this long waits for a wake-up that was lost
 * @throws Error with the seed, the round and the words of the protocol
 */
export async function raceParking(crew: Crew, seed: number, rounds: number, patienceMs: number): Promise<Parking> {
  const types = crew.read(layout.HEADER_TYPES);
  crew.write(types + KERNEL * layout.TYPE_BYTES + layout.TYPE_KERNEL, crew.call('parkingKernel', []));
  const random = new Random(seed);
  const workers = Array.from({ length: crew.size - 1 }, (_, index) => index + 1);
  const begin = (thread: number): { name: string; args: number[] } => ({
    name: 'parkingBegin',
    args: [crew.control, seed + thread],
  });
  const before = parksOf(crew, workers);
  for (let done = 0; done < rounds;) {
    crew.reset(0);
    for (const worker of workers) crew.write(blockOf(crew, worker) + layout.WORKER_ATTENTION, 0);
    const wanted = Math.min(TOGETHER, rounds - done);
    const longestPause = random.pick([50, 200, 400, 1000]);
    let ended = 0;
    await crew.run(
      [
        [begin(0), { name: 'parkingRace', args: [KERNEL, wanted, longestPause, patienceMs] }],
        ...workers.map((worker) => [begin(worker), { name: 'runKernels', args: [] }]),
      ],
      seed,
      (thread, result) => {
        if (thread !== 0) return;
        ended = result;
        if (ended < wanted) throw new Error(describeLoss(crew, workers, seed, done + ended));
        for (const worker of workers) crew.call('alert', [worker, ATTENTION_STOP]);
      },
    );
    done += ended;
  }
  return { rounds, parks: parksOf(crew, workers) - before };
}

function blockOf(crew: Crew, worker: number): number {
  return crew.read(layout.HEADER_WORKER_BLOCKS) + worker * layout.WORKER_BYTES;
}

function parksOf(crew: Crew, workers: readonly number[]): number {
  return workers.reduce((sum, worker) => sum + crew.readF64(blockOf(crew, worker) + layout.WORKER_PARKS), 0);
}

function describeLoss(crew: Crew, workers: readonly number[], seed: number, round: number): string {
  const word = (address: number): string => String(crew.read(address));
  const states = workers.map((worker) => {
    const block = blockOf(crew, worker);
    return `worker ${String(worker)}: park ${word(block + layout.WORKER_PARK)}, attention ${word(block + layout.WORKER_ATTENTION)}`;
  });
  const roster = `roster: idle ${word(layout.ROSTER)}, searching ${word(layout.ROSTER + 4)}`;
  return [
    `seed ${String(seed)}, round ${String(round)}: a task waits though nobody runs: a lost wake-up`,
    `level word ${word(layout.LEVEL_WORD)}`,
    roster,
    ...states,
  ].join('\n');
}
