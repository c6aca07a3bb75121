/** Handlers need their event loop (docs/protocols/idle.md): what they start goes on while their worker is busy or parked. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEngine } from '../../src/index.ts';
import { until } from '../support/until.ts';
import { type LooseEngine, runScript, taskModule } from './bad-input.ts';

const tasks = taskModule(`
  import { createServer, connect } from 'node:net';
  import { setTimeout as delay } from 'node:timers/promises';
  const seen = { microtask: 0, timer: 0, immediate: 0, socket: 0 };
  export const progress = () => ({ ...seen });
  /** Starts everything and returns at once: nobody awaits it. */
  export const start = () => {
    for (const name of Object.keys(seen)) seen[name] = 0;
    void Promise.resolve().then(() => Promise.resolve()).then(() => { seen.microtask += 1; });
    setTimeout(() => { seen.timer += 1; }, 1);
    setImmediate(() => { seen.immediate += 1; });
    const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1', () => {
      const client = connect(server.address().port, '127.0.0.1');
      client.end('ping');
      client.on('data', () => { seen.socket += 1; });
      client.on('close', () => server.close());
    });
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { shared[0] = 1; port1.close(); };
    port2.postMessage(1);
  };
  /** Tells the host through memory it shares: no task is needed to see it. */
  export let shared = new Int32Array(1);
  export const setup = (memory) => { watch(new Int32Array(memory)); };
  function watch(view) {
    shared = view;
    setInterval(() => {
      if (Object.values(seen).every((count) => count === 1)) Atomics.store(view, 1, 1);
    }, 1).unref();
  }
  export const rewind = () => { Atomics.store(shared, 0, 0); Atomics.store(shared, 1, 0); };
  /** Busy on the processor for a millisecond, synchronously. */
  export const spin = () => { const end = performance.now() + 1; while (performance.now() < end); };
  export const awaits = async () => { await delay(1); return 'awaited'; };
  export const says = (text) => { console.log(text); console.error(text); };
`);

interface Watched {
  readonly engine: LooseEngine;
  readonly memory: Int32Array;
}

async function watched(body: (watched: Watched) => Promise<void>): Promise<void> {
  const memory = new Int32Array(new SharedArrayBuffer(8));
  const engine = await createEngine({ tasks, workers: 1, workerData: memory.buffer });
  try {
    await body({ engine, memory });
    assert.deepEqual(await engine.run('progress'), { microtask: 1, timer: 1, immediate: 1, socket: 1 });
  } finally {
    await engine.close();
  }
}

function allProgressed({ memory }: Watched): boolean {
  return Atomics.load(memory, 0) === 1 && Atomics.load(memory, 1) === 1;
}

void describe('the event loop of handlers', () => {
  void it('goes on while the worker is parked: microtasks, timers, sockets, messages', async () => {
    await watched(async (state) => {
      await state.engine.run('start');
      await until(() => allProgressed(state), 'everything progressed without a further task');
      await until(() => state.engine.stats().workers[0]?.state === 'parked', 'the worker is parked');
    });
  });

  void it('goes on while synchronous handlers never leave the worker idle', async () => {
    await watched(async (state) => {
      let stop = false;
      let spun = 0;
      const flood = async (): Promise<void> => {
        while (!stop) {
          await state.engine.run('spin');
          spun += 1;
        }
      };
      const floods = Array.from({ length: 20 }, flood);
      await state.engine.run('start');
      await until(() => allProgressed(state), 'everything progressed beside the flood');
      stop = true;
      await Promise.all(floods);
      assert.ok(spun > 0);
    });
  });

  void it('goes on while kernels or async handlers fill the worker', async () => {
    await watched(async (state) => {
      const asyncOnes = Array.from({ length: 50 }, () => state.engine.run('awaits'));
      await state.engine.run('start');
      const spins = Array.from({ length: 50 }, () => state.engine.run('spin'));
      assert.deepEqual(new Set(await Promise.all(asyncOnes)), new Set(['awaited']));
      await until(() => allProgressed(state), 'everything progressed');
      await Promise.all(spins);
    });
  });

  void it('console output of handlers comes out, also of the last one before close', async () => {
    const { code, stdout, stderr } = await runScript(`
      const engine = await createEngine({
        tasks: new URL(${JSON.stringify(tasks.href)}), workers: 1, workerData: new SharedArrayBuffer(8) });
      for (let i = 0; i < 50; ++i) await engine.run('says', 'line ' + i);
      await Promise.all(Array.from({ length: 50 }, (_, i) => engine.run('says', 'line ' + (50 + i))));
      await engine.close();`);
    const lines = Array.from({ length: 100 }, (_, i) => `line ${String(i)}\n`).join('');
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: lines, stderr: lines });
  });
});
