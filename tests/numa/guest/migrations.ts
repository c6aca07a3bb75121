/** How often the kernel moves workers to other CPUs under the same load: pinned ones, and those that are not. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { check, skip, thisMachine } from './check.ts';
import { cpusOf } from './cpus.ts';
import { slowly, squaresOf } from './load.ts';
import { type NodeEngine, withEngine } from './node-engine.ts';
import { threadMoves } from './processes.ts';

const TASKS = 300;
const TASK_MS = 20;
/** Of what happens to workers that are not pinned. */
const MOST_SHARE = 0.05;

type Pin = 'core' | 'node' | 'off';
/** Moves of the threads that run tasks, and of all threads of their processes. */
interface Moves {
  readonly workers: number;
  readonly all: number;
}

const cpus = cpusOf(thisMachine().facts.allowedCpus);

if (threadMoves(process.pid) === null) skip('migrations', 'this kernel does not count them (CONFIG_SCHED_DEBUG)');
else await compare();

async function compare(): Promise<void> {
  const moves = { core: await measure('core'), off: await measure('off'), node: await measure('node') };
  const told = Object.entries(moves)
    .map(([pin, { workers, all }]) => `pin ${pin} ${String(workers)} (all threads ${String(all)})`)
    .join(', ');
  await check(`moves of workers under the same load: ${told}`, () => {
    assert.ok(moves.off.workers > 0, 'nothing was moved: the load was too small');
    assert.ok(moves.core.workers <= MOST_SHARE * moves.off.workers);
  });
}

async function measure(pin: Pin): Promise<Moves> {
  let moves: Moves = { workers: NaN, all: NaN };
  await withEngine({ numa: { pin, monitoring: false }, workers: cpus.length }, async (engine) => {
    const disturbers = startDisturbers();
    try {
      const before = await movesOf(engine);
      assert.deepEqual(await engine.runMany('squaredBusily', slowly(TASKS, TASK_MS)), squaresOf(TASKS));
      const after = await movesOf(engine);
      moves = { workers: after.workers - before.workers, all: after.all - before.all };
    } finally {
      for (const each of disturbers) each.kill('SIGKILL');
    }
  });
  console.log(pin, JSON.stringify(moves));
  return moves;
}

async function movesOf(engine: NodeEngine): Promise<Moves> {
  const threads = await engine.broadcast('thread');
  assert.equal(threads.length, cpus.length);
  const pids = [...new Set(threads.map(({ pid }) => pid))];
  return {
    workers: threads.reduce((sum, { migrations }) => sum + (migrations ?? NaN), 0),
    all: pids.reduce((sum, pid) => sum + (threadMoves(pid) ?? NaN), 0),
  };
}

/** Busy loops, one more than there are CPUs; each goes round the CPUs by itself. */
function startDisturbers(): ChildProcess[] {
  const round = cpus
    .map((cpu) => `taskset -pc ${String(cpu)} $$ > /dev/null; n=0; while [ $n -lt 3000 ]; do n=$((n + 1)); done`)
    .join('; ');
  return Array.from({ length: cpus.length + 1 }, () =>
    spawn('sh', ['-c', `while :; do ${round}; done`], { stdio: 'ignore' }),
  );
}
