/**
 * Programs that end by signals, chosen by the first argument. Each line of stdin opens that gate of the board or is a word the
 * program waits for; stdin holds the event loop, as a server would.
 */
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { isMainThread, Worker } from 'node:worker_threads';
import { onExit } from 'signal-exit';
import { createEngine, type Engine, type SignalOptions } from '../../src/index.ts';
import { Board } from './board.ts';
import { TASKS, type Tasks } from './engines.ts';
import { turn, until } from './until.ts';

const board = new Board();
const lines = createInterface({ input: process.stdin });

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function holdByInput(): void {
  lines.on('line', (line) => {
    if (/^\d+$/.test(line)) board.open(Number(line));
  });
}

async function start(): Promise<Engine<Tasks>> {
  return createEngine<Tasks>({
    tasks: TASKS,
    workers: 1,
    concurrency: 2,
    workerData: board.buffer,
    memory: { poolBytes: 1 << 20 },
  });
}

/** An engine with a task that waits at a gate; says its name with how it closed. */
async function busy(
  name: string,
  gate: number,
  options?: SignalOptions,
  task: 'pause' | 'never' = 'pause',
): Promise<Engine<Tasks>> {
  const engine = await start();
  engine.on('close', ({ completed, cancelled, forced }) => {
    say(`${name} closed: ${String(completed)} completed, ${String(cancelled)} cancelled, forced ${String(forced)}`);
  });
  engine.run(task, gate).then(
    () => {
      say(`${name} ran`);
    },
    (error: unknown) => {
      say(`${name} ${String((error as { code: unknown }).code)}`);
    },
  );
  engine.closeOnSignal(options); // after the task: it closes at once where a signal has come before
  await board.arrived(gate);
  return engine;
}

/** Says so when the engine accepts nothing any more. */
async function sayDraining(engine: Engine<Tasks>): Promise<void> {
  const refusal = (): Promise<unknown> =>
    engine.run('nobody' as 'squared', 0).catch((error: unknown) => (error as { code: unknown }).code);
  while ((await refusal()) !== 'ERR_CLOSED') await turn();
  say('draining');
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; ++i) await turn();
}

function listeners(): string {
  return `${String(process.listenerCount('SIGTERM'))} ${String(process.listenerCount('SIGINT'))}`;
}

const PROGRAMS: Record<string, () => Promise<void>> = {
  async idle() {
    const engine = await start();
    engine.closeOnSignal();
    lines.close();
    say(String(await engine.run('squared', 3)));
  },
  async drain() {
    holdByInput();
    const engine = await busy('engine', 0);
    say('ready');
    await sayDraining(engine);
  },
  async slow() {
    holdByInput();
    await busy('engine', 0, { timeoutMs: 20 }, 'never');
    say('ready');
  },
  async twice() {
    holdByInput();
    const engine = await busy('engine', 0, { timeoutMs: Infinity }, 'never');
    say('ready');
    await sayDraining(engine);
  },
  async thrice() {
    holdByInput();
    const engine = await busy('engine', 0, { timeoutMs: Infinity }, 'never');
    say('ready');
    await sayDraining(engine);
    await until(() => listeners() === '0 0', 'nobody to listen');
    say('forced');
    board.block(15); // this thread does nothing any more, so that only the system itself can end it
  },
  async two() {
    holdByInput();
    await busy('first', 0);
    const second = await busy('second', 1, { signals: ['SIGHUP'] });
    say('ready');
    await sayDraining(second);
  },
  async others() {
    process.on('SIGTERM', () => {
      say('mine');
    });
    const engine = await busy('engine', 0);
    engine.once('close', () => {
      void turns(20).then(() => {
        lines.close(); // a second one would have come
      });
    });
    say('ready');
    board.open(0);
  },
  async cleanup() {
    process.once('SIGTERM', () => {
      say('cleanup begins');
      void board.pause(1).then(() => {
        say('cleaned up');
        process.exit(7);
      });
    });
    holdByInput();
    const engine = await busy('engine', 0);
    say('ready');
    board.open(0);
    engine.once('close', () => {
      void turns(20).then(() => {
        board.open(1);
      });
    });
  },
  async hooked() {
    holdByInput();
    onExit((code, signal) => {
      say(`hook ${String(code)} ${String(signal)}`);
    });
    await busy('engine', 0);
    say('ready');
    board.open(0);
  },
  async closing() {
    holdByInput();
    const engine = await busy('engine', 0, { timeoutMs: 20 }, 'never');
    void engine.close();
    say('ready');
  },
  async late() {
    holdByInput();
    const engine = await busy('first', 0);
    say('ready');
    await sayDraining(engine);
    await busy('second', 1);
    board.open(0);
    board.open(1);
  },
  async listeners() {
    const [first, second] = [await start(), await start()];
    say(listeners());
    first.closeOnSignal({ signals: ['SIGINT', 'SIGINT'] });
    first.closeOnSignal();
    first.closeOnSignal({ signals: ['SIGTERM'] });
    say(listeners());
    second.closeOnSignal();
    say(listeners());
    await second.close();
    say(listeners());
    await first.close();
    first.closeOnSignal();
    say(listeners());
    lines.close();
  },
  async thread() {
    const worker = new Worker(new URL(import.meta.url), { argv: ['thread'] });
    const [error] = (await once(worker, 'error')) as [Error];
    say(error.message);
    lines.close();
  },
};

if (isMainThread) await PROGRAMS[process.argv[2] ?? '']?.();
else (await start()).closeOnSignal();
