import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { createEngine, type EngineStats, Priority } from '../../src/index.ts';
import { KERNELS, TASKS, type Tasks, withEngine } from '../support/engines.ts';
import { FileBoard } from '../support/file-board.ts';
import { isolateEngines } from '../support/isolation.ts';
import { assertBalance, isAlive, peakBytes } from '../support/lost-process.ts';
import { IN_FULL_SET } from '../support/quick.ts';
import { until, within } from '../support/until.ts';
import { ENGINE_URL, runScript, taskModule, temporary } from './bad-input.ts';

isolateEngines();

const MEBIBYTE = 1 << 20;
const OPTIONS = `tasks: new URL(${JSON.stringify(TASKS.href)}), workers: 1, isolation: 'process', memory: { poolBytes: 1 << 20 }`;

describe('payloads', () => {
  it('64 MiB there and back; small tasks overtake them', async () => {
    await withEngine({ workers: 2, memory: { poolBytes: 160 * MEBIBYTE } }, async (engine) => {
      const bytes = new Uint8Array(64 * MEBIBYTE);
      for (let at = 0; at < bytes.length; at += 4099) bytes[at] = at & 255;
      await engine.run('squared', 1);
      const ended: string[] = [];
      const large = engine.run('echo', bytes).then((result) => {
        ended.push('large');
        return result as Uint8Array;
      });
      for (let n = 0; n < 5; ++n) {
        assert.equal(await engine.run('squared', n), n * n);
        ended.push('small');
      }
      const result = await within(large, 'the large one');
      assert.equal(Buffer.compare(bytes, result), 0);
      assert.deepEqual(ended, [...Array<string>(5).fill('small'), 'large']);
    });
  });

  it('of every size about those where pieces begin, by handlers and kernels, many at once', async () => {
    const sizes = [0, 1, 23, 24, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 131_071, 131_072, 200_000, 1_000_003];
    await withEngine<Record<string, (input?: unknown) => unknown>>(
      { workers: 2, tasks: TASKS, kernels: KERNELS, memory: { poolBytes: 32 * MEBIBYTE } },
      async (engine) => {
        const tasks = sizes.flatMap((size) => {
          const bytes = Uint8Array.from({ length: size }, (_, n) => (n * 31 + size) & 255);
          return [
            engine.run('echo', bytes).then((result) => {
              assert.deepEqual(result, bytes);
            }),
            engine.run('reverse', bytes).then((result) => {
              assert.deepEqual(result, bytes.toReversed());
            }),
          ];
        });
        await within(Promise.all(tasks), 'all');
        await engine.drain();
        assert.equal(engine.stats().poolBytesUsed, 0);
      },
    );
  });

  it('that are aborted on their way, or while they wait for room, leave nothing in the pool', async () => {
    await withEngine({ memory: { poolBytes: 20 * MEBIBYTE } }, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const controller = new AbortController();
      const { signal } = controller;
      const bytes = new Uint8Array(12 * MEBIBYTE);
      const tasks = [1, 2, 3].map((priority) => engine.run('size', bytes, { signal, priority: priority as Priority }));
      const all = Promise.allSettled(tasks);
      await new Promise((resolve) => setImmediate(resolve)); // the first pieces are out
      controller.abort();
      for (const outcome of await within(all, 'all to reject')) assert.equal(outcome.status, 'rejected');
      board.open(0);
      await gate;
      assert.equal(await within(engine.run('size', new Uint8Array(18 * MEBIBYTE)), 'the next one'), 18 * MEBIBYTE);
      await engine.drain();
      assert.equal(engine.stats().poolBytesUsed, 0);
    });
  });

  it('that come back larger than the pool has room for wait, or fail by themselves', IN_FULL_SET, async () => {
    await withEngine({ memory: { poolBytes: 4 * MEBIBYTE } }, async (engine) => {
      const results = await Promise.allSettled(Array.from({ length: 40 }, () => engine.run('giveBytes', 3 * MEBIBYTE)));
      for (const result of results) {
        if (result.status === 'fulfilled') assert.equal(result.value.length, 3 * MEBIBYTE);
        else assert.equal((result.reason as { code: unknown }).code, 'ERR_RESOURCE_EXHAUSTED');
      }
      assert.ok(results.some(({ status }) => status === 'fulfilled'));
      await engine.drain();
      assert.equal(engine.stats().poolBytesUsed, 0);
    });
  });
});

describe('back-pressure', () => {
  it('more at once than the pool has room for: each task gets its own result', async () => {
    await withEngine({ workers: 2, memory: { poolBytes: 1 << 17 } }, async (engine) => {
      const inputs = Array.from({ length: 3_000 }, (_, n) => `${String(n)} ${'x'.repeat((n * 997) % 15_000)}`);
      const tasks = Promise.allSettled(inputs.map((input) => engine.run('echo', input)));
      const results = await within(tasks, 'all');
      const values = results.filter((result) => result.status === 'fulfilled');
      const strangers = results.filter((result, n) => result.status === 'fulfilled' && result.value !== inputs[n]);
      assert.equal(strangers.length, 0);
      assert.ok(values.length > 1_000, `${String(values.length)} had room for their results`);
    });
  });

  it('of every kind and size in one call, more than there are slots and room for: results in order', async () => {
    await withEngine({ workers: 2, capacity: 300, memory: { poolBytes: MEBIBYTE } }, async (engine) => {
      const inputs = Array.from({ length: 4000 }, (_, n) => {
        if (n % 7 === 0) return n;
        if (n % 7 === 1) return { n, text: 'x'.repeat(n % 100) };
        const length = n % 501 === 0 ? 20_000 : (n * 37) % 300;
        return new Uint8Array(length).fill(n & 255);
      });
      for (let round = 0; round < 3; ++round) {
        const results = await within(engine.runMany('echo', inputs), 'all');
        assert.deepEqual(results, inputs);
      }
      await engine.drain();
      const { poolBytesUsed, submitted, completed } = engine.stats();
      assert.deepEqual(
        { poolBytesUsed, submitted, completed },
        { poolBytesUsed: 0, submitted: 12_000, completed: 12_000 },
      );
    });
  });

  it('a hundred thousand tasks through a small capacity', async () => {
    await withEngine({ workers: 2, capacity: 64 }, async (engine) => {
      const tasks = Array.from({ length: 100_000 }, (_, n) => engine.run('squared', n));
      const results = await within(Promise.all(tasks), 'all');
      assert.ok(results.every((result, n) => result === n * n));
      await engine.drain();
      assertBalance(engine);
    });
  });

  it('a gibibyte of payloads through a host that is slow: neither side heaps them up', IN_FULL_SET, async () => {
    const bytes = new Uint8Array(4 * MEBIBYTE);
    await withEngine({ workers: 2, memory: { poolBytes: 64 * MEBIBYTE } }, async (engine) => {
      const child = await engine.run('pid');
      const before = process.memoryUsage().rss;
      let most = 0;
      let count = 0;
      const items = Array.from({ length: 128 }, () => bytes);
      for await (const result of engine.map('echo', items, { concurrency: 8 })) {
        assert.equal((result as Uint8Array).length, bytes.length);
        count += 1;
        if (count % 16 === 0) blockFor(30);
        most = Math.max(most, process.memoryUsage().rss - before);
      }
      assert.equal(count, items.length);
      assert.ok(most < 300 * MEBIBYTE, `the host grew by ${String(most >> 20)} MiB`);
      assert.ok(peakBytes(child) < 400 * MEBIBYTE, `the process had ${String(peakBytes(child) >> 20)} MiB`);
    });
  });

  it('a host that does not look: the process stops when its window is full, and goes on', async () => {
    await withEngine({ memory: { poolBytes: 32 * MEBIBYTE } }, async (engine, board) => {
      const child = await engine.run('pid');
      const tasks = Array.from({ length: 200 }, (_, n) => engine.run('noteSlowly', { entry: n, ms: 1 }));
      await until(() => board.logged().length > 0, 'the first to run');
      blockFor(400);
      const ran = board.logged().length;
      assert.ok(ran < 100, `${String(ran)} ran while nobody took their results`);
      await within(Promise.all(tasks), 'all');
      assert.ok(peakBytes(child) < 400 * MEBIBYTE);
    });
  });
});

describe('stats', () => {
  it('a replaced worker shows as such, though nothing runs', async () => {
    await withEngine({}, async (engine) => {
      const lost = { code: 'ERR_WORKER_LOST' };
      // The more in a row without a completed task, the longer the pause: beyond the report that follows the task.
      for (let loss = 0; loss < 4; ++loss) await assert.rejects(within(engine.run('exit', 1), 'the loss'), lost);
      await until(() => engine.stats().workers[0]?.state !== 'starting', 'the replacement to show');
    });
  });

  it('of a process that is gone: nothing is in it, its workers are starting', async () => {
    await withEngine({ workers: 2 }, async (engine, board) => {
      const child = await engine.run('pid');
      const tasks = Array.from({ length: 50 }, () => engine.run('block', 0));
      const all = Promise.allSettled(tasks);
      await until(() => engine.stats().running === 2, 'a report that both run');
      const seen = new Promise<EngineStats>((resolve) => {
        engine.once('workerLost', () => {
          resolve(engine.stats());
        });
      });
      process.kill(child, 'SIGKILL');
      const { running, queued, priorities, poolBytesUsed, workers, lost } = await within(seen, "'workerLost'");
      assert.deepEqual({ running, poolBytesUsed }, { running: 0, poolBytesUsed: 0 });
      assert.deepEqual([queued, priorities.normal.queued], [50 - lost, 50 - lost]);
      assert.deepEqual(
        workers.map(({ state }) => state),
        ['starting', 'starting'],
      );
      board.open(0);
      await within(all, 'the others');
    });
  });

  it('after drain() the last report is in; meanwhile it is at most a moment old', async () => {
    await withEngine({ workers: 2, timing: 'all' }, async (engine, board) => {
      await engine.runMany(
        'squared',
        Array.from({ length: 1000 }, (_, x) => x),
      );
      await engine.drain();
      const { submitted, completed, workers, priorities, poolBytes } = engine.stats();
      assert.deepEqual([submitted, completed, priorities.normal.completed], [1000, 1000, 1000]);
      assert.equal(
        workers.reduce((sum, { executed }) => sum + executed, 0),
        1000,
      );
      assert.ok(priorities.normal.runUs.p50 >= 0 && Number.isNaN(priorities.high.runUs.p50));
      assert.equal(poolBytes, 16 * MEBIBYTE);
      assert.ok(Object.isFrozen(engine.stats().workers[0]));
      const gates = [engine.run('block', 0), engine.run('block', 0)];
      const queued = Array.from({ length: 10 }, () => engine.run('squared', 1, { priority: Priority.Low }));
      // A report that is taken while a queue moves may be a task off.
      await until(() => {
        const { running, queued: waiting } = engine.stats();
        return running === 2 && waiting === 10;
      }, 'a report that both run and the others wait');
      board.open(0);
      await Promise.all([...gates, ...queued]);
    });
  });
});

describe('the start', () => {
  it('what the process said behind its first word is not lost: here, that it has given up', async () => {
    // It holds back what it writes until all is written that it will write.
    const hold = `
      import { Socket } from 'node:net';
      import { isMainThread } from 'node:worker_threads';
      const { write } = Socket.prototype;
      const held = [];
      if (isMainThread) Socket.prototype.write = function (bytes, ...rest) {
        held.push(Buffer.from(bytes));
        rest.at(-1)?.();
        return bytes.includes('the scheduler gives up') ? write.call(this, Buffer.concat(held)) : true;
      };`;
    const execArgv = ['--import', `data:text/javascript,${encodeURIComponent(hold)}`];
    const tasks = taskModule("Atomics.waitAsync = () => { throw new RangeError('nothing to wait for'); };");
    await withEngine<Record<string, () => number>>({ tasks, execArgv }, async (engine) => {
      await assert.rejects(within(engine.run('echo'), 'the task'), { code: 'ERR_WORKER_LOST', message: /gives up/ });
    });
  });

  it('of a process that the system refuses: the error says so, and the way out', async () => {
    const { execPath } = process;
    process.execPath = '/nowhere/node';
    try {
      await assert.rejects(createEngine({ tasks: TASKS, isolation: 'process' }), {
        code: 'ERR_INVALID_OPTION',
        option: 'isolation',
        message: /got: .*ENOENT.* isolation 'thread'/,
      });
    } finally {
      process.execPath = execPath;
    }
  });
});

describe('the end of the host', () => {
  for (const what of ['idle', 'busy'] as const) {
    it(`is the end of a process that is ${what}`, async () => {
      const path = temporary('host.mjs');
      const board = new FileBoard();
      writeFileSync(
        path,
        `import { createEngine } from ${JSON.stringify(ENGINE_URL)};
         const engine = await createEngine({ ${OPTIONS}, workerData: ${JSON.stringify(board.directory)} });
         console.log(await engine.run('pid'));
         ${what === 'busy' ? "engine.run('noteSlowly', { entry: 1, ms: 60_000 });" : ''}
         setInterval(() => {}, 1000);`,
      );
      const host = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = (await within(once(createInterface(host.stdout), 'line'), 'its pid')) as [string];
      const child = Number(line);
      if (what === 'busy') await until(() => board.logged().length > 0, 'the task to run');
      assert.equal(isAlive(child), true);
      host.kill('SIGKILL');
      await until(() => !isAlive(child), 'the process to end');
      board.remove();
    });
  }

  it('what the process printed last is not lost', async () => {
    const module = temporary('tasks.mjs');
    writeFileSync(
      module,
      `export const print = (n) => { for (let i = 0; i < n; ++i) console.log('line ' + i + ' '.repeat(100)); };
       export const teardown = () => { console.log('torn down'); };`,
    );
    const { code, stdout, stderr } = await runScript(`
      const engine = await createEngine({ tasks: ${JSON.stringify(module)}, workers: 1, isolation: 'process' });
      await engine.run('print', 2000);
      await engine.close();`);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.equal(stdout.split('\n').length, 2002);
    assert.match(stdout, /torn down\n$/);
  });
});

describe('what threads share', () => {
  it('is refused with the way out', async () => {
    await withEngine({}, async (engine) => {
      assert.throws(() => engine.attach(), { code: 'ERR_INVALID_OPTION', message: /isolation 'thread'/ });
      await assert.rejects(engine.run('echo', new SharedArrayBuffer(8)), { code: 'ERR_NOT_SHAREABLE' });
    });
    await assert.rejects(
      createEngine<Tasks>({ tasks: TASKS, isolation: 'process', workerData: new SharedArrayBuffer(8) }),
      { code: 'ERR_INVALID_OPTION', option: 'workerData', message: /isolation 'thread'/ },
    );
    await assert.rejects(createEngine({ tasks: TASKS, isolation: 'elsewhere' as never }), {
      code: 'ERR_INVALID_OPTION',
      option: 'isolation',
    });
    await assert.rejects(createEngine({ tasks: TASKS, isolation: 'process', execArgv: ['--no-such-flag'] }), {
      code: 'ERR_INVALID_OPTION',
      option: 'execArgv',
    });
  });
});

/** Keeps the event loop of the host from running. */
function blockFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
