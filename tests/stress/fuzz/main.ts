/** `npm run fuzz -- [--seed N] [--steps M] [--programs P] [--print]`: runs random programs and says how each went. */
import { parseArgs } from 'node:util';
import { whole } from '../whole-argument.ts';
import { Execution } from './execution.ts';
import { randomProgram } from './program.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    steps: { type: 'string', default: '100' },
    programs: { type: 'string', default: '1' },
    print: { type: 'boolean', default: false },
  },
});
const first = whole('seed', values.seed);
const steps = whole('steps', values.steps);
for (let seed = first; seed < first + whole('programs', values.programs); ++seed) {
  const program = randomProgram(seed, steps);
  if (values.print) console.dir(program, { depth: 6, maxArrayLength: null });
  const { problems, settled, counts } = await Execution.run(program);
  console.log(
    `seed ${String(seed)}, ${String(steps)} steps: ${String(settled)} promises settled, ${JSON.stringify(counts)}`,
  );
  for (const problem of problems) console.log(`  ${problem}`);
  if (problems.length > 0) process.exit(1); // whatever hangs holds the process
}
