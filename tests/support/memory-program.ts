/**
 * Told to begin on stdin, when it is in a control group with a memory limit: fills memory step by step, and frees it when all tasks
 * are refused. Prints each level, and what became of a Low and of a Normal task then.
 */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import { Priority } from '../../src/index.ts';
import { WorkStealingScheduler } from '../../src/scheduler/scheduler.ts';
import { Board } from './board.ts';
import { turn } from './until.ts';

const STEP_BYTES = 1 << 20;
/** Pages of a file system in memory are charged to whoever writes them, and gone when the file is. */
const FILE = `/dev/shm/tallyio-test-${String(process.pid)}`;

const board = new Board();
await once(process.stdin, 'data');
process.stdin.destroy();
const engine = await WorkStealingScheduler.startOn<typeof import('./tasks.js')>(
  { lookEveryMs: 1 },
  {
    tasks: new URL('./tasks.js', import.meta.url),
    workers: 1,
    concurrency: 2,
    workerData: board.buffer,
    memory: { poolBytes: 1 << 20, shedAt: 0.7, refuseAt: 0.8, stallShedAt: Infinity },
  },
);
const busy = engine.run('pause', 0); // while there is a task it watches
let level = 'none';
engine.on('pressure', (pressure) => {
  level = pressure.level;
});

async function outcome(priority: Priority): Promise<string> {
  return engine.run('squared', 2, { priority }).then(String, (error: unknown) => (error as { code: string }).code);
}

async function report(): Promise<void> {
  console.log(level, await outcome(Priority.Low), await outcome(Priority.Normal));
}

const file = openSync(FILE, 'w');
try {
  await report();
  for (const wanted of ['shed', 'refuse']) {
    while (level !== wanted) {
      writeSync(file, Buffer.alloc(STEP_BYTES, 1));
      for (let look = 0; look < 3; ++look) await turn();
    }
    await report();
  }
} finally {
  closeSync(file);
  rmSync(FILE);
}
while (level !== 'none') await turn();
await report();
board.open(0);
await busy;
await engine.close();
