import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { createEngine, type SharedBuffer } from '../../src/index.ts';
import { KERNELS, type TestEngine, withEngine } from '../support/engines.ts';
import {
  FREED,
  type KernelTasks,
  nothingInUse,
  SHARED,
  type SharedTasks,
  withHandlers,
  withKernels,
} from '../support/shared-memory.ts';
import { within } from '../support/until.ts';

const POOL = 16 << 20;
const NOT_SHAREABLE = { code: 'ERR_NOT_SHAREABLE' };
const NO_ROOM = { code: 'ERR_RESOURCE_EXHAUSTED', resource: 'pool', unit: 'bytes' };

function untyped(buffer: SharedBuffer): (...args: unknown[]) => unknown {
  return buffer.view.bind(buffer) as (...args: unknown[]) => unknown;
}

describe('engine.allocate', () => {
  it('gives bytes that are zero, whatever was there before', async () => {
    await withKernels({}, async (engine) => {
      await Promise.all(Array.from({ length: 50 }, () => engine.run('sumBytes', new Uint8Array(3000).fill(255))));
      for (const bytes of [1, 64, 3000, 65_536, 65_537, 1 << 20]) {
        const buffer = engine.allocate(bytes);
        assert.equal(buffer.byteLength, bytes);
        assert.equal(buffer.bytes.length, bytes);
        assert.ok(buffer.bytes.every((byte) => byte === 0));
        buffer.bytes.fill(255);
        buffer.free();
      }
      assert.equal(engine.stats().poolBytesUsed, 0);
      await nothingInUse(engine);
    });
  });

  it('of no bytes is a buffer as any other', async () => {
    await withKernels({}, async (engine) => {
      const buffer = engine.allocate(0);
      assert.equal(await engine.run('sumBytes', buffer), 0);
      assert.equal(await engine.run('increment', buffer.subarray(0, 5)), 0);
      assert.equal(engine.stats().poolBytesUsed, 0);
      buffer.free();
      assert.throws(() => buffer.bytes, FREED);
    });
  });

  it('takes the pool that payloads are in, and statistics show it', async () => {
    await withKernels({ memory: { poolBytes: POOL } }, async (engine) => {
      const buffer = engine.allocate(3 << 20);
      assert.equal(engine.stats().poolBytesUsed, 3 << 20);
      assert.throws(() => engine.allocate(POOL), { ...NO_ROOM, usage: POOL, limit: POOL });
      await assert.rejects(engine.run('sumBytes', new Uint8Array(POOL)), NO_ROOM);
      buffer.free();
      assert.equal(engine.stats().poolBytesUsed, 0);
      const whole = engine.allocate(POOL);
      await assert.rejects(engine.run('sumBytes', new Uint8Array(1)), NO_ROOM);
      assert.equal(await engine.run('sumBytes', whole), 0);
      whole.free();
      assert.equal(await engine.run('sumBytes', new Uint8Array(POOL)), 0);
    });
  });

  it('gets the blocks that idle workers keep', async () => {
    const poolBytes = 1 << 20;
    await withEngine({ workers: 2, concurrency: 2, memory: { poolBytes } }, async (engine, board) => {
      const paused = [engine.run('pause', 0), engine.run('pause', 0)];
      await board.arrived(0, 2);
      for (let round = 0; round < 20; ++round) {
        const texts = Array.from({ length: 300 }, (_, n) => 'x'.repeat(1 + ((n * 7 + round * 31) % 150)));
        await Promise.all(texts.map((text) => engine.run('echo', text)));
        engine.allocate(poolBytes).free();
      }
      board.open(0);
      await Promise.all(paused);
    });
  });

  it('gets the blocks of results that nobody has read', async () => {
    const poolBytes = 1 << 20;
    await withEngine({ memory: { poolBytes } }, async (engine) => {
      const result = engine.run('giveBytes', poolBytes / 2);
      let worker = engine.stats().workers[0];
      while (worker?.executed !== 1 || worker.state !== 'parked') worker = engine.stats().workers[0];
      engine.allocate(poolBytes).free();
      assert.equal((await result).length, poolBytes / 2);
    });
  });

  it('refuses what is no size, and what the pool could never hold', async () => {
    await withKernels({ memory: { poolBytes: POOL } }, (engine) => {
      const allocate = engine.allocate.bind(engine) as (bytes: unknown) => SharedBuffer;
      for (const bad of [-1, 1.5, NaN, Infinity, 2 ** 60, '8', 8n, null, undefined, {}, [8], true]) {
        assert.throws(() => allocate(bad), { code: 'ERR_INVALID_OPTION', option: 'bytes' }, inspect(bad));
      }
      for (const size of [POOL + 1, 2 ** 32, 2 ** 32 + 64, Number.MAX_SAFE_INTEGER]) {
        assert.throws(() => allocate(size), { code: 'ERR_PAYLOAD_TOO_LARGE', size, limit: POOL });
      }
      assert.equal(engine.stats().poolBytesUsed, 0);
      return Promise.resolve();
    });
  });

  it('is refused with node processes, and says what to do', async () => {
    const engine = await createEngine<SharedTasks>({ tasks: SHARED, workers: 1, isolation: 'process' });
    try {
      assert.throws(() => engine.allocate(8), {
        code: 'ERR_INVALID_OPTION',
        option: 'isolation',
        message: /pass the bytes as the input.*isolation 'thread' and numa 'off'/,
      });
      assert.equal(await engine.run('kind', new Uint8Array(8)), 'copy');
      await withHandlers({}, async (other) => {
        await assert.rejects(engine.run('kind', other.allocate(8)), NOT_SHAREABLE);
        await assert.rejects(engine.runMany('kind', [new Uint8Array(1), other.allocate(8)]), NOT_SHAREABLE);
      });
      assert.equal(await engine.run('kind', new Uint8Array(8)), 'copy');
    } finally {
      await engine.close();
    }
  });
});

describe('a SharedBuffer', () => {
  it('shows its memory as views of all kinds', async () => {
    await withKernels({}, (engine) => {
      const buffer = engine.allocate(48);
      buffer.view(Float64Array).set([1, 2, 3]);
      assert.equal(buffer.view(DataView).getFloat64(8, true), 2);
      assert.equal(buffer.view(BigUint64Array).length, 6);
      assert.equal(buffer.view(Uint8Array).byteOffset, buffer.bytes.byteOffset);
      for (const size of [24, 64, 96, 100_000, 49_160]) {
        const each = engine.allocate(size);
        assert.equal(each.view(Float64Array).length, size / 8);
        each.free();
      }
      const view = untyped(buffer);
      for (const bad of [
        undefined,
        null,
        8,
        'Float64Array',
        Array,
        Map,
        () => 8,
        ArrayBuffer,
        Object.getPrototypeOf(Uint8Array),
      ]) {
        assert.throws(() => view(bad), { code: 'ERR_INVALID_OPTION', option: 'type' }, inspect(bad));
      }
      assert.throws(() => buffer.subarray(1).view(Float64Array), { message: /47 bytes from byte 1 on/ });
      assert.throws(() => buffer.subarray(4, 12).view(Float64Array), { code: 'ERR_INVALID_OPTION' });
      buffer.free();
      return Promise.resolve();
    });
  });

  it('a kernel reads it, writes it, and no byte is copied', async () => {
    await withKernels({ workers: 2 }, async (engine) => {
      const buffer = engine.allocate(1000);
      const used = engine.stats().poolBytesUsed;
      const floats = buffer.view(Float64Array);
      floats.forEach((_, n) => (floats[n] = n / 2));
      assert.equal(await engine.run('sumFloats', buffer), (124 * 125) / 4);
      buffer.bytes.fill(7);
      assert.equal(await engine.run('increment', buffer), 1000);
      assert.ok(buffer.bytes.every((byte) => byte === 8));
      const running = Array.from({ length: 100 }, () => engine.run('sumBytes', buffer));
      assert.equal(engine.stats().poolBytesUsed, used);
      assert.deepEqual(new Set(await Promise.all(running)), new Set([8000]));
      buffer.free();
      await nothingInUse(engine);
    });
  });

  it('tasks have parts of it each', async () => {
    await withKernels({ workers: 2 }, async (engine) => {
      const buffer = engine.allocate(1000);
      const parts = Array.from({ length: 10 }, (_, n) => buffer.subarray(n * 100, (n + 1) * 100));
      assert.deepEqual(await engine.runMany('increment', parts), new Array(10).fill(100));
      assert.ok(buffer.bytes.every((byte) => byte === 1));
      await engine.run('increment', buffer.subarray(-5));
      await engine.run('increment', buffer.subarray(10, 20).subarray(2, 4));
      assert.deepEqual([...buffer.bytes.subarray(993, 1000)], [1, 1, 2, 2, 2, 2, 2]);
      assert.deepEqual([...buffer.bytes.subarray(10, 16)], [1, 1, 2, 2, 1, 1]);
      assert.equal(buffer.subarray(7, 3).byteLength, 0);
      assert.equal(buffer.subarray(0, 5000).byteLength, 1000);
      const part = buffer.subarray(1);
      buffer.free();
      assert.throws(() => part.bytes, FREED);
      assert.throws(() => part.subarray(1), FREED);
      await assert.rejects(engine.run('sumBytes', part), FREED);
    });
  });

  it('kernels that a task spawns write to it as well', async () => {
    await withKernels({ workers: 3 }, async (engine) => {
      const buffer = engine.allocate(5000);
      const all = Array.from({ length: 20 }, () => engine.run('incrementTogether', buffer.subarray(1000)));
      assert.deepEqual(new Set(await Promise.all(all)), new Set([4000]));
      assert.deepEqual(
        [new Set(buffer.bytes.subarray(0, 1000)), new Set(buffer.bytes.subarray(1000))],
        [new Set([0]), new Set([20])],
      );
      buffer.free();
      await nothingInUse(engine);
    });
  });

  it('goes wherever bytes go: runMany, map, post, broadcast, with options', async () => {
    await withKernels({ workers: 3 }, async (engine) => {
      const buffer = engine.allocate(64);
      assert.deepEqual(
        await engine.runMany('increment', new Array<SharedBuffer>(50).fill(buffer)),
        new Array(50).fill(64),
      );
      for await (const bytes of engine.map('increment', [buffer, buffer.subarray(0, 64), buffer]))
        assert.equal(bytes, 64);
      assert.deepEqual(await engine.broadcast('increment', buffer), [64, 64, 64]);
      engine.post('increment', buffer);
      const { signal } = new AbortController();
      await engine.run('increment', buffer, { priority: 0, timeoutMs: 60_000, signal, retry: 2 });
      await engine.drain();
      assert.deepEqual(new Set(buffer.bytes), new Set([58]));
      assert.equal(buffer.tasks, 0);
      buffer.free();
      await nothingInUse(engine);
    });
  });

  it('a handler gets a view of it, and what it returns of it is a copy', async () => {
    await withHandlers({ workers: 2 }, async (engine) => {
      const buffer = engine.allocate(100);
      assert.equal(await engine.run('kind', buffer), 'shared');
      assert.equal(await engine.run('kind', buffer.bytes), 'copy');
      assert.equal(await engine.run('increment', buffer.subarray(50)), 50);
      assert.deepEqual([buffer.bytes[49], buffer.bytes[50]], [0, 1]);
      const copy = (await engine.run('echo', buffer)) as Uint8Array;
      copy.fill(9);
      assert.deepEqual([copy.length, copy.buffer instanceof ArrayBuffer, buffer.bytes[50]], [100, true, 1]);
      buffer.free();
      await nothingInUse(engine);
    });
  });

  it('nested tasks of a handler get a copy', async () => {
    for (const deterministic of [undefined, { seed: 3 }]) {
      await withHandlers({ ...(deterministic === undefined ? {} : { deterministic }) }, async (engine) => {
        const buffer = engine.allocate(4);
        assert.deepEqual(await engine.run('nested', buffer), [4, 'copy', [0, 0, 0, 0]]);
        assert.equal(await engine.run('allocates'), 'undefined');
        buffer.free();
      });
    }
  });

  it('inside of an input, in a result or of another engine it is refused', async () => {
    await withHandlers({}, async (engine) => {
      const buffer = engine.allocate(8);
      const inside = { path: 'input.data[0]', kind: 'SharedBuffer', message: /whole input of a task, or its bytes/ };
      await assert.rejects(engine.run('echo', { data: [buffer] }), { ...NOT_SHAREABLE, ...inside });
      const part = { path: 'input.get("a")', kind: 'SharedRange' };
      await assert.rejects(engine.run('echo', new Map([['a', buffer.subarray(1)]])), { ...NOT_SHAREABLE, ...part });
      await withHandlers({}, async (other) => {
        await assert.rejects(other.run('echo', buffer), { ...NOT_SHAREABLE, message: /another engine/ });
        assert.equal(await other.run('kind', buffer.bytes), 'copy');
      });
      assert.deepEqual([buffer.tasks, engine.stats().submitted], [0, 0]);
      assert.equal(await engine.run('kind', { data: [buffer.bytes] }), 'object');
    });
  });

  it('that is freed while a map takes its items', async () => {
    await withKernels({}, async (engine) => {
      const buffer = engine.allocate(8);
      function* items(): Generator<SharedBuffer> {
        yield buffer;
        buffer.free();
        yield buffer;
      }
      const results = engine.map('increment', items(), { concurrency: 1 });
      assert.deepEqual(await results.next(), { done: false, value: 8 });
      await assert.rejects(results.next(), FREED);
      await nothingInUse(engine);
    });
  });

  it('in deterministic mode, too', async () => {
    for (const seed of [0, 1, 2, 3]) {
      await withKernels({ workers: 3, deterministic: { seed } }, async (engine) => {
        const buffer = engine.allocate(500);
        await engine.runMany('increment', new Array<SharedBuffer>(20).fill(buffer));
        assert.deepEqual(new Set(buffer.bytes), new Set([20]));
        assert.throws(() => engine.allocate(POOL), NO_ROOM);
        const running = engine.run('increment', buffer);
        buffer.free();
        assert.equal(await running, 500);
        assert.equal(engine.stats().poolBytesUsed, 0);
      });
    }
  });
});

describe('the input of a kernel', () => {
  const numbers = Float64Array.from({ length: 100 }, (_, n) => n + 0.5);
  const bytes = new Uint8Array(numbers.buffer);

  function shared(): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(bytes.length);
    new Uint8Array(memory).set(bytes);
    return memory;
  }

  function growable(): ArrayBuffer {
    const Resizable = ArrayBuffer as new (length: number, options: { readonly maxByteLength: number }) => ArrayBuffer;
    const memory = new Resizable(bytes.length, { maxByteLength: 4096 });
    new Uint8Array(memory).set(bytes);
    return memory;
  }

  const views: Readonly<Record<string, [ArrayBufferView | ArrayBuffer, Uint8Array]>> = {
    'a Float64Array': [numbers, bytes],
    'a part of one': [numbers.subarray(3, 50), bytes.subarray(24, 400)],
    'a short part of one': [numbers.subarray(3, 5), bytes.subarray(24, 40)],
    'a DataView': [new DataView(numbers.buffer, 5, 77), bytes.subarray(5, 82)],
    'a Buffer': [Buffer.from(numbers.buffer, 9, 30), bytes.subarray(9, 39)],
    'an ArrayBuffer': [numbers.buffer, bytes],
    'a view of a SharedArrayBuffer': [new Float64Array(shared(), 8, 20), bytes.subarray(8, 168)],
    'a view that follows a resizable buffer': [new Float64Array(growable()), bytes],
    'a resizable buffer': [growable(), bytes],
    'an empty view': [numbers.subarray(5, 5), bytes.subarray(0, 0)],
  };

  async function check(
    engine: TestEngine<KernelTasks>,
    view: ArrayBufferView | ArrayBuffer,
    expected: Uint8Array,
  ): Promise<void> {
    const reversed = await within(engine.run('reverse', view), 'the kernel');
    assert.deepEqual([...reversed], [...expected].reverse());
  }

  for (const [name, [view, expected]] of Object.entries(views)) {
    it(`may be ${name}`, async () => {
      await withKernels({}, (engine) => check(engine, view, expected));
    });
  }

  it('engine.run of a Float64Array gives what the kernel makes of its numbers', async () => {
    const engine = await createEngine<Record<'sumFloats', (input: Float64Array) => number>>({
      kernels: KERNELS,
      workers: 1,
    });
    assert.equal(await engine.run('sumFloats', numbers), 5000);
    const buffer = engine.allocate(numbers.byteLength);
    buffer.view(Float64Array).set(numbers);
    assert.equal(await (engine as TestEngine<KernelTasks>).run('sumFloats', buffer), 5000);
    await engine.close();
  });

  it('is no plain object, no SharedArrayBuffer without a view', async () => {
    await withKernels({}, async (engine) => {
      const run = engine.run.bind(engine) as (name: string, input: unknown) => Promise<unknown>;
      for (const bad of [{}, [1], null, true, new SharedArrayBuffer(8), new Map()]) {
        await assert.rejects(run('sumBytes', bad), NOT_SHAREABLE, inspect(bad));
      }
    });
  });
});
