import { injected, type Tally } from './campaign.ts';

/** A lost worker is to be replaced and at work within so long. */
const GOAL_MS = 500;

/** What a campaign did and saw, for a terminal. */
export function tableOf(tally: Tally): string {
  const rows: [string, string][] = [
    ['engines', String(tally.rounds)],
    ['tasks', String(tally.tasks)],
    ['faults', String(injected(tally))],
    ...[...tally.faults].map(([kind, count]): [string, string] => [`  ${kind}`, String(count)]),
    ['workers lost', String(tally.losses)],
    ...Object.entries(tally.ended).map(([ended, count]): [string, string] => [`  ${ended}`, String(count)]),
    ['  in groups that failed', String(tally.untold)],
    ['recovery of a worker', timesOf(tally.recoveries.worker)],
    ['recovery of a process', timesOf(tally.recoveries.process)],
    ['problems', String(tally.problems.length)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

// From its end to the first task of the one in its place.
function timesOf(times: readonly number[]): string {
  if (times.length === 0) return 'not measured';
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  const slow = sorted.filter((time) => time > GOAL_MS).length;
  const goal = slow === 0 ? 'met' : `missed by ${String(slow)}`;
  return (
    `p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms, max ${at(1).toFixed(0)} ms of ${String(times.length)}; ` +
    `goal of ${String(GOAL_MS)} ms: ${goal}`
  );
}
