/**
 * Small programs for child processes, chosen by the first argument: when may a process end by itself? The second one is the
 * seed of a deterministic engine.
 */
import { createEngine, WorkStealingScheduler } from '../../src/index.ts';
import { Board } from './board.ts';
import { TASKS, type Tasks } from './engines.ts';

const board = new Board();
const [, , program = '', seed] = process.argv;
const options = {
  tasks: TASKS,
  workers: 1,
  workerData: board.buffer,
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
    const engine = await WorkStealingScheduler.start<Tasks>(options);
    void engine.wait(engine.submitTask(engine.taskType('squared'), 5)).then((value) => {
      say(String(value));
    });
  },
};

await PROGRAMS[program]?.();
