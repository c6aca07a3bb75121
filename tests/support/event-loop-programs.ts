/**
 * Small programs for child processes: when may one end by itself? Arguments: the program, the isolation of its engine, the seed
 * of a deterministic one.
 */
import { createEngine, type EngineOptions, WorkStealingScheduler } from '../../src/index.ts';
import { ProcessScheduler } from '../../src/node-process/process-scheduler.ts';
import { Board } from './board.ts';
import { TASKS, type Tasks } from './engines.ts';
import { FileBoard } from './file-board.ts';

const [program = '', isolation, seed] = process.argv.slice(2);
const isolated = isolation === 'process';
const board = isolated ? new FileBoard() : new Board();
process.on('exit', () => {
  if (board instanceof FileBoard) board.remove();
});
const options: EngineOptions = {
  tasks: TASKS,
  workers: 1,
  isolation: isolated ? 'process' : 'thread',
  workerData: board instanceof FileBoard ? board.directory : board.buffer,
  memory: { poolBytes: 1 << 20 },
  deterministic: seed === undefined ? undefined : { seed: Number(seed) },
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const PROGRAMS: Record<string, () => Promise<void>> = {
  async idle() {
    const engine = await createEngine<Tasks>(options);
    say(String(await engine.run('squared', 3)));
  },
  async busy() {
    const engine = await createEngine<Tasks>(options);
    void engine.run('pause', 0).then((gate) => {
      say(`task ${String(gate)}`);
    });
    await board.arrived(0);
    setTimeout(() => {
      board.open(0);
    }, 30).unref();
  },
  async turns() {
    const engine = await createEngine<Tasks>(options);
    const turns: number[] = [];
    setImmediate(() => {
      setImmediate(() => {
        turns.push(1);
      });
    });
    while (turns.length === 0) await engine.run('squared', 3);
    say('turned');
  },
  creating() {
    void createEngine<Tasks>(options).then(() => {
      say('created');
    });
    return Promise.resolve();
  },
  async closing() {
    const engine = await createEngine<Tasks>(options);
    void engine.close().then(() => {
      say('closed');
    });
  },
  async draining() {
    const engine = await createEngine<Tasks>(options);
    await engine.run('scatter', { task: 'pause', inputs: [0] });
    await board.arrived(0);
    void engine.drain().then(() => {
      say('drained');
    });
    setTimeout(() => {
      board.open(0);
    }, 30).unref();
  },
  async cancelled() {
    const engine = await createEngine<Tasks>(options);
    await engine.run('scatter', { task: 'block', inputs: [0] });
    await board.arrived(0);
    const controller = new AbortController();
    const queued = engine.run('squared', 1, { signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 20)); // the host sleeps meanwhile: nothing rings it
    controller.abort();
    await queued.catch((error: unknown) => {
      say(error instanceof Error ? error.name : 'no error');
    });
  },
  async kept() {
    const engine = await (isolated ? ProcessScheduler : WorkStealingScheduler).start<Tasks>(options);
    void engine.wait(engine.submitTask(engine.taskType('squared'), 5)).then((value) => {
      say(String(value));
    });
  },
};

await PROGRAMS[program]?.();
