import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createEngine, Priority } from '../../src/index.ts';
import { TASKS, type TestEngine } from '../support/engines.ts';
import { FOREIGN, type ForeignTasks, numberOf, withForeign } from '../support/foreign/engine.ts';
import { ALLOC, moduleOf, TASK } from '../support/foreign/module-bytes.ts';
import { until, within } from '../support/until.ts';
import { assertBalanced, loose, refused, taskModule } from './bad-input.ts';

const HANDLERS = `
  export const viaForeign = async (input, context) => {
    const outcomes = await Promise.allSettled(input.map(([name, value]) => context.run(name, value)));
    return outcomes.map(({ status, value, reason }) => (status === 'fulfilled' ? value : [reason.code, reason.message, reason.details?.code]));
  };
`;

describe('a foreign module', () => {
  it('gets numbers as f64, strings as UTF-8, views and buffers as their bytes, and gives bytes', async () => {
    await withForeign({ workers: 2 }, async (engine) => {
      for (const x of [0, -0, 7, -1.5, NaN, Infinity, 5e-324])
        assert.equal(numberOf(await engine.run('half', x)), x / 2);
      for (const text of ['', 'plain', 'grüße 🙂', 'x'.repeat(100_000)]) {
        assert.deepEqual(await engine.run('same', text), new Uint8Array(Buffer.from(text)));
      }
      const floats = Float64Array.of(1, 2.5, -3);
      assert.deepEqual(await engine.run('same', floats), new Uint8Array(floats.buffer));
      assert.deepEqual(await engine.run('same', floats.buffer), new Uint8Array(floats.buffer));
      assert.deepEqual(
        await engine.run('same', new DataView(floats.buffer, 8, 3)),
        new Uint8Array(floats.buffer, 8, 3),
      );
      assert.deepEqual(await engine.run('reverse', Uint8Array.of(1, 2, 3)), Uint8Array.of(3, 2, 1));
      assert.equal(numberOf(await engine.run('length')), 0);
      assert.equal(numberOf(await engine.run('length', new Uint8Array(0))), 0);
    });
  });

  it('takes inputs and gives results of any size, each with a buffer of its own', async () => {
    await withForeign({}, async (engine) => {
      for (const size of [1, 64, 65, 128, 129, 1000, 65_536, 65_537, 3_000_000]) {
        const input = Uint8Array.from({ length: size }, (_, i) => i);
        const result = await engine.run('reverse', input);
        assert.deepEqual(result, Uint8Array.from(input).reverse());
        assert.equal(result.buffer.byteLength, size);
        assert.equal((await engine.run('fill', size)).length, size);
      }
    });
  });

  it('gets a copy of memory that others get as it is', async () => {
    await withForeign({}, async (engine) => {
      const buffer = engine.allocate(300);
      buffer.bytes.forEach((_, at) => (buffer.bytes[at] = at));
      const before = Uint8Array.from(buffer.bytes);
      for (const [begin, end] of [
        [0, 300],
        [10, 15],
        [50, 50],
      ] as const) {
        const result = await engine.run('reverse', buffer.subarray(begin, end));
        assert.deepEqual(result, before.slice(begin, end).reverse());
        assert.deepEqual(Uint8Array.from(buffer.bytes), before);
      }
      assert.equal(buffer.tasks, 0);
      buffer.free();
    });
  });

  it('refuses inputs that kernels refuse', async () => {
    await withForeign({}, async (engine) => {
      for (const input of [{}, null, true, 1n, [1], new Map()]) {
        await refused(engine.run('same', loose(input) as string), 'ERR_NOT_SHAREABLE', 'the input of a kernel');
      }
    });
  });

  it('runs in any way of asking', async () => {
    await withForeign({ workers: 2, capacity: 64 }, async (engine) => {
      const numbers = Array.from({ length: 500 }, (_, n) => n);
      const halves = numbers.map((n) => n / 2);
      assert.deepEqual((await engine.runMany('half', numbers)).map(numberOf), halves);
      const texts = numbers.map(String);
      const bytes = texts.map((text) => new Uint8Array(Buffer.from(text)));
      assert.deepEqual(await engine.runMany('same', texts, { priority: Priority.Critical }), bytes);
      const mapped: number[] = [];
      for await (const half of engine.map('half', numbers)) mapped.push(numberOf(half));
      assert.deepEqual(mapped, halves);
      assert.deepEqual((await engine.broadcast('half', 3)).map(numberOf), [1.5, 1.5]);
      engine.post('half', 1);
      const failed = once(engine, 'taskError');
      engine.post('traps', 1);
      await within(failed, "'taskError'");
      await engine.drain();
      assertBalanced(engine.stats());
      assert.equal(engine.stats().failed, 1);
    });
  });

  it('runs the most urgent task first', async () => {
    await withForeign({ tasks: TASKS }, async (engine, board) => {
      const order: string[] = [];
      const note = async (name: string, priority: Priority): Promise<void> => {
        await engine.run('same', name, { priority });
        order.push(name);
      };
      const blocked = (engine as unknown as TestEngine).run('block', 0);
      await board.arrived(0);
      const all = [note('low', Priority.Low), note('normal', Priority.Normal), note('critical', Priority.Critical)];
      board.open(0);
      await Promise.all([blocked, ...all]);
      assert.deepEqual(order, ['critical', 'normal', 'low']);
    });
  });

  it('runs again what was lost with its worker, if it may', async () => {
    await withForeign({ tasks: TASKS, concurrency: 2, retry: 1 }, async (engine, board) => {
      const started = once(engine, 'workerStarted');
      const never = (engine as unknown as TestEngine).run('never', 0, { timeoutMs: 50, killGraceMs: 20 });
      await board.arrived(0);
      const controller = new AbortController();
      const looping = engine.run('loops', 1, { signal: controller.signal, killGraceMs: 20 });
      await refused(within(never, 'the end of the worker'), 'ERR_TASK_TIMEOUT');
      await within(started, "'workerStarted'");
      await until(() => engine.stats().running === 1, 'the task to run again');
      controller.abort();
      await refused(within(looping, 'the end of the loop'), 'ERR_TASK_ABORTED');
      assert.equal(numberOf(await within(engine.run('half', 9), 'the next task')), 4.5);
    });
  });

  it('has an instance in each worker', async () => {
    await withForeign({ workers: 2 }, async (engine) => {
      const each = (await engine.broadcast('calls')).map(numberOf);
      assert.deepEqual(each, [1, 1]);
    });
  });

  it('works beside handlers, also for their nested tasks, and where no slot is free', async () => {
    for (const capacity of [64, 1]) {
      const engine = await createEngine({ kernels: FOREIGN, tasks: taskModule(HANDLERS), workers: 1, capacity });
      try {
        assert.deepEqual(await engine.run('echo', { a: 1 }), { a: 1 });
        assert.equal(numberOf((await engine.run('half', 3)) as Uint8Array), 1.5);
        const inputs = [
          ['half', 5],
          ['reverse', 'abc'],
          ['fails', -6],
          ['traps', 1],
          ['calls', 0],
          ['fill', 3],
        ];
        const [half, reversed, code, trap, calls, filled] = (await engine.run('viaForeign', inputs)) as Uint8Array[];
        assert.ok(half !== undefined && calls !== undefined);
        assert.equal(numberOf(half), 2.5);
        assert.deepEqual(reversed, new Uint8Array(Buffer.from('cba')));
        assert.deepEqual(code, ['ERR_TASK_FAILED', 'task "fails" failed: kernel failed with code -6', -6]);
        assert.deepEqual(trap, ['ERR_TASK_FAILED', 'task "traps" failed: unreachable', undefined]);
        assert.equal(numberOf(calls), 1);
        assert.deepEqual(filled, Uint8Array.of(0, 1, 2));
        await until(() => engine.stats().poolBytesUsed === 0, 'the pool is empty');
      } finally {
        await engine.close({ drain: false });
      }
    }
  });

  it('is submitted to by attached threads', async () => {
    await withForeign({}, async (engine) => {
      const thread = new Worker(
        `const { workerData, parentPort } = require('node:worker_threads');
         import(workerData.url).then(async ({ attach }) => {
           const engine = attach(workerData.handle);
           const code = await engine.run('fails', -4).catch((error) => error.details.code);
           parentPort.postMessage([await engine.run('reverse', 'xyz'), code]);
           await engine.detach();
         });`,
        {
          eval: true,
          workerData: { url: new URL('../../src/worker/context.js', import.meta.url).href, handle: engine.attach() },
        },
      );
      const [message] = (await within(once(thread, 'message'), 'the answer')) as unknown[];
      assert.deepEqual(message, [new Uint8Array(Buffer.from('zyx')), -4]);
      await within(once(thread, 'exit'), 'the end of the thread');
    });
  });

  it('reaches its own memory alone', async () => {
    await withForeign({}, async (engine) => {
      const secret = Buffer.from('nobody else knows this');
      const own = engine.run('looksFor', secret); // finds its input
      const other = engine.run('same', Buffer.concat([Buffer.alloc(2000), secret]));
      assert.equal(numberOf(await own), 1);
      await other;
    });
  });

  it('runs in deterministic mode', async () => {
    const play = async (seed: number): Promise<unknown[]> => {
      const seen: unknown[] = [];
      await withForeign({ workers: 3, deterministic: { seed } }, async (engine) => {
        const runs = Array.from({ length: 30 }, (_, n) => engine.run(n % 7 === 6 ? 'traps' : 'calls', n));
        await Promise.all(
          runs.map(async (run, n) => {
            seen.push([n, await run.then(numberOf, (error: unknown) => String(error))]);
          }),
        );
      });
      return seen;
    };
    const first = await play(5);
    assert.equal(first.length, 30);
    assert.match(JSON.stringify(first), /unreachable \(deterministic seed 5\)/);
    assert.deepEqual(await play(5), first);
    assert.notDeepEqual(await play(6), first);
  });
});

describe('a foreign task that goes wrong', () => {
  const TRAPS: [keyof ForeignTasks, number, string, string][] = [
    ['traps', 0, 'unreachable', 'RuntimeError'],
    ['outOfBounds', 0, 'out of bounds', 'RuntimeError'],
    ['divides', 0, 'divide by zero', 'RuntimeError'],
    ['overflowsStack', 0, 'call stack', 'RangeError'],
    ['overflowsOwnStack', 0, 'out of bounds', 'RuntimeError'],
    ['tooLong', 0, 'expected a result that ends within its memory of 131072 bytes, got 2147483647 bytes', 'RangeError'],
    ['grows', 65_536, 'unreachable', 'RuntimeError'],
  ];
  it('rejects, and its worker goes on with another instance', async () => {
    await withForeign({}, async (engine) => {
      for (const [name, input, message, cause] of TRAPS) {
        assert.equal(numberOf(await engine.run('calls')), 1);
        assert.equal(numberOf(await engine.run('calls')), 2);
        const error = await refused(engine.run(name, input), 'ERR_TASK_FAILED', `"${name}"`, message);
        assert.ok(error.cause instanceof Error);
        assert.equal(error.cause.name, cause);
      }
      assert.equal(numberOf(await engine.run('calls')), 1);
      await engine.drain();
      const { failed, lost } = engine.stats();
      assert.deepEqual([failed, lost], [TRAPS.length, 0]);
    });
  });

  it('has an error code: its instance stays', async () => {
    await withForeign({}, async (engine) => {
      await engine.run('calls');
      for (const code of [-1, -7, -(2 ** 31)]) {
        const error = await refused(engine.run('fails', code), 'ERR_TASK_FAILED', `code ${String(code)}`);
        assert.deepEqual(Reflect.get(error, 'details'), { task: 'fails', code });
        assert.equal(Reflect.get(error.cause as object, 'code'), code);
      }
      assert.equal(numberOf(await engine.run('calls')), 2);
    });
  });

  it('because alloc gives what is no room', async () => {
    await withForeign({}, async (engine) => {
      for (const [given, told] of [
        [0, 'got 0, as when it has no room'],
        [-1, 'got 4294967295'],
        [131_072 - 7, 'got 131065'],
        [1e9, 'got 1000000000'],
      ] as const) {
        await engine.run('spoilsAlloc', given);
        const expected = 'expected alloc(8) to give the address of so many bytes in its memory of 131072';
        await refused(engine.run('half', 1), 'ERR_TASK_FAILED', expected, told, 'memory.foreignBytes');
        assert.equal(numberOf(await engine.run('half', 1)), 0.5);
      }
      await engine.run('spoilsAlloc', 131_072 - 8); // the last room that there is
      assert.equal(numberOf(await engine.run('half', 3)), 1.5);
    });
  });

  it('because its memory may not grow beyond memory.foreignBytes', async () => {
    await withForeign({ memory: { foreignBytes: 1 << 20 } }, async (engine) => {
      assert.equal(numberOf(await engine.run('grows', 14)), 16);
      await refused(engine.run('grows', 1), 'ERR_TASK_FAILED', 'unreachable');
      assert.equal(numberOf(await engine.run('pages')), 2); // another instance
      await refused(engine.run('same', new Uint8Array(1 << 20)), 'ERR_TASK_FAILED', 'alloc(1048576)', 'no room');
      assert.equal((await engine.run('same', new Uint8Array(900_000))).length, 900_000);
    });
  });

  it('a thousand times, in the midst of others', async () => {
    await withForeign({ workers: 2 }, async (engine) => {
      const mixed = Array.from({ length: 2000 }, (_, n) => engine.run(n % 2 === 0 ? 'traps' : 'half', n));
      for (const [n, outcome] of (await Promise.allSettled(mixed)).entries()) {
        if (outcome.status === 'fulfilled') assert.equal(numberOf(outcome.value), n / 2);
        else assert.match(String(outcome.reason), /unreachable/);
        assert.equal(outcome.status, n % 2 === 0 ? 'rejected' : 'fulfilled');
      }
      await engine.drain();
      assertBalanced(engine.stats());
      assert.equal(engine.stats().failed, 1000);
    });
  });

  it('with a result larger than the pool', async () => {
    await withForeign({ memory: { poolBytes: 1 << 20 } }, async (engine) => {
      await refused(engine.run('fill', 2 ** 20 + 1), 'ERR_PAYLOAD_TOO_LARGE', '1048577', 'memory.poolBytes');
      assert.equal((await engine.run('fill', 2 ** 19)).length, 2 ** 19);
    });
  });

  it('for ever: it ends with its worker, and so do others not', async () => {
    await withForeign({ workers: 2 }, async (engine) => {
      const lost = once(engine, 'workerLost');
      const started = once(engine, 'workerStarted');
      const looping = engine.run('loops', 1, { timeoutMs: 20, killGraceMs: 20 });
      const others = engine.runMany('half', [1, 2, 3, 4]);
      await refused(within(looping, 'the end of the loop'), 'ERR_TASK_TIMEOUT', '"loops"');
      assert.deepEqual((await within(others, 'the others')).map(numberOf), [0.5, 1, 1.5, 2]);
      await within(lost, "'workerLost'");
      await within(started, "'workerStarted'");
      const controller = new AbortController();
      const aborted = engine.run('loops', 1, { signal: controller.signal, killGraceMs: 20 });
      await until(() => engine.stats().running === 1, 'the task to run');
      controller.abort();
      await refused(within(aborted, 'the end of the loop'), 'ERR_TASK_ABORTED');
      assert.equal(numberOf(await within(engine.run('half', 9), 'the next task')), 4.5);
      const { timedOut, cancelled, lost: lostTasks } = engine.stats();
      assert.deepEqual([timedOut, cancelled, lostTasks], [1, 1, 0]);
    });
  });
});

describe('a foreign module that does not load', () => {
  it('with a name that a handler has', async () => {
    const engine = createEngine({
      kernels: FOREIGN,
      tasks: taskModule('export const half = (x) => x / 2;'),
      workers: 1,
    });
    await refused(engine, 'ERR_INVALID_OPTION', '"half"', 'exported by tasks and by kernels', 'rename');
  });

  it('with more memory than memory.foreignBytes', async () => {
    await refused(
      createEngine({ kernels: FOREIGN, workers: 1, memory: { foreignBytes: 65_536 } }),
      'ERR_MODULE_LOAD',
      'memory.foreignBytes, 65536 bytes',
      'begins with 131072',
      'raise',
    );
  });

  it('with a start function that traps', async () => {
    const start = { name: '_initialize', parameters: [], results: [] };
    for (const extra of [{}, { deterministic: { seed: 1 } }]) {
      const kernels = moduleOf({ functions: [ALLOC, TASK, start] });
      const refusal = await refused(createEngine({ kernels, workers: 2, ...extra }), 'ERR_MODULE_LOAD', 'unreachable');
      assert.ok(refusal.cause instanceof Error);
    }
  });

  it('as the host sees', async () => {
    const kernels = moduleOf({ functions: [TASK] });
    await refused(createEngine({ kernels, workers: 1 }), 'ERR_MODULE_LOAD', 'export alloc', 'bytes given as kernels');
  });
});
