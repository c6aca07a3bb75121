/**
 * `npm run test:faults -- [--seed N] [--tasks T] [--faults F] [--round R]`: tasks on engines to which all kinds of faults are
 * done, on real threads and processes. Exits 1 when an engine does what it must not.
 */
import { parseArgs } from 'node:util';
import { whole } from '../whole-argument.ts';
import { runCampaign } from './campaign.ts';
import { tableOf } from './table.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    tasks: { type: 'string', default: '100000' },
    faults: { type: 'string', default: '1000' },
    round: { type: 'string' },
  },
});
const seed = whole('seed', values.seed);
const tasks = whole('tasks', values.tasks);
const faults = whole('faults', values.faults);
const replay = `npm run test:faults -- --seed ${String(seed)} --tasks ${String(tasks)} --faults ${String(faults)}`;
console.log(`seed ${String(seed)}; again: ${replay}`);
const begin = performance.now();
const tally = await runCampaign({
  seed,
  tasks,
  faults,
  round: values.round === undefined ? undefined : whole('round', values.round),
  onRound: (round, report) => {
    const injected = [...report.faults.values()].reduce((sum, count) => sum + count, 0);
    const atS = ((performance.now() - begin) / 1000).toFixed(0);
    console.log(
      `${atS.padStart(5)} s  round ${String(round)}: ${String(report.tasks)} tasks, ${String(injected)} faults, ` +
        `${String(report.losses)} workers lost`,
    );
    for (const problem of report.problems) console.log(`  ${problem}\n  again: ${replay} --round ${String(round)}`);
  },
});
console.log(`\n${tableOf(tally)}`);
process.exit(tally.problems.length === 0 ? 0 : 1); // whatever hangs holds the process
