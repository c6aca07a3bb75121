import { threadsOfProcess } from '../process-threads.ts';
import { FAULT_KINDS, type FaultKind } from './fault.ts';
import type { Ended } from './ledger.ts';
import { randomPlan, type Size } from './plan.ts';
import { Round, type RoundReport } from './round.ts';
import { Threads } from './threads.ts';

/** Tasks of a round, about. */
const ROUND_TASKS = 2_500;
/** A worker that is told to end takes its time. */
const THREADS_SPARE = 2;

/** What all rounds together were. */
export interface Tally {
  readonly problems: string[];
  readonly faults: Map<FaultKind, number>;
  readonly ended: Record<Ended, number>;
  readonly recoveries: { readonly worker: number[]; readonly process: number[] };
  rounds: number;
  tasks: number;
  untold: number;
  losses: number;
}

/** What is asked of a campaign. */
export interface CampaignOptions extends Size {
  readonly seed: number;
  /** Only this round. */
  readonly round?: number | undefined;
  /** Told after each round. */
  readonly onRound?: ((round: number, report: RoundReport) => void) | undefined;
}

/** Rounds until there were enough tasks and faults: every fourth and the next one side by side. Ends with the first that hangs. */
export async function runCampaign({ seed, tasks, faults, round, onRound }: CampaignOptions): Promise<Tally> {
  const rounds = Math.max(1, Math.round(tasks / ROUND_TASKS));
  const size: Size = { tasks: tasks / rounds, faults: faults / rounds };
  const tally = emptyTally();
  const threads = new Threads();
  const threadsBefore = threadsOfProcess();
  const run = async (index: number): Promise<boolean> => {
    const report = await Round.run(randomPlan(seed, index, size), threads);
    add(tally, report, index);
    onRound?.(index, report);
    return !report.hangs;
  };
  if (round !== undefined) await run(round);
  else {
    const isEnough = (): boolean => tally.tasks >= tasks && injected(tally) >= faults;
    for (let index = 0, goesOn = true; goesOn && (index < rounds || !isEnough()); ++index) {
      const isPair = index % 4 === 3;
      const outcomes = await Promise.all(isPair ? [run(index), run(index + 1)] : [run(index)]);
      if (isPair) index += 1;
      goesOn = outcomes.every(Boolean);
    }
  }
  threads.close();
  const left = threadsOfProcess() - threadsBefore - THREADS_SPARE;
  if (left > 0) tally.problems.push(`${String(left)} threads are left`);
  return tally;
}

function emptyTally(): Tally {
  return {
    problems: [],
    faults: new Map(FAULT_KINDS.map((kind) => [kind, 0])),
    ended: { completed: 0, failed: 0, cancelled: 0, timedOut: 0, lost: 0 },
    recoveries: { worker: [], process: [] },
    rounds: 0,
    tasks: 0,
    untold: 0,
    losses: 0,
  };
}

function add(tally: Tally, report: RoundReport, index: number): void {
  tally.rounds += 1;
  tally.tasks += report.tasks;
  tally.untold += report.untold;
  tally.losses += report.losses;
  for (const [kind, count] of report.faults) tally.faults.set(kind, (tally.faults.get(kind) ?? 0) + count);
  for (const [ended, count] of Object.entries(report.ended)) tally.ended[ended as Ended] += count;
  tally.recoveries.worker.push(...report.recoveries.worker);
  tally.recoveries.process.push(...report.recoveries.process);
  tally.problems.push(...report.problems.map((problem) => `round ${String(index)}: ${problem}`));
}

/** Faults of all kinds. */
export function injected({ faults }: Tally): number {
  return [...faults.values()].reduce((sum, count) => sum + count, 0);
}
