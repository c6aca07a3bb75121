import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { createEngine } from '../support/create-engine.ts';
import { it } from '../support/rerun.ts';
import { until } from '../support/until.ts';
import { assertBalanced, KERNELS_URL, type LooseEngine, refused, taskModule, withEngine } from './bad-input.ts';

const TASKS = `
  export const describe = (value) => Object.prototype.toString.call(value);
  export const size = (value) => value.length ?? value.byteLength;
  export const bytes = (length) => new Uint8Array(length).fill(7);
  export const isShared = ({ buffer }) => buffer instanceof SharedArrayBuffer;
`;
const POOL = 1 << 20;

void describe('payloads', () => {
  let engine: LooseEngine;
  before(async () => {
    engine = await createEngine({ tasks: taskModule(TASKS), workers: 2, memory: { poolBytes: POOL } });
  });
  after(async () => {
    await engine.drain();
    assert.equal(await engine.run('echo', 'alive'), 'alive');
    await until(() => engine.stats().poolBytesUsed === 0, 'the pool is empty');
    assertBalanced(engine.stats());
    await engine.close();
  });

  const cycle: Record<string, unknown> = { name: 'loop' };
  cycle['self'] = cycle;
  const twice = { one: 1 };
  const values: readonly (readonly [string, unknown])[] = [
    ['an empty string', ''],
    ['an empty view', new Uint8Array(0)],
    ['an empty ArrayBuffer', new ArrayBuffer(0)],
    ['an empty object and array', { a: {}, b: [] }],
    ['undefined', undefined],
    ['null', null],
    ['−0', -0],
    ['NaN', NaN],
    ['Infinity', -Infinity],
    ['a BigInt', 2n ** 200n],
    ['a Date', new Date(0)],
    ['a RegExp', /a+b/giu],
    ['a Map of Sets', new Map([[{ key: 1 }, new Set([1, new Set([2])])]])],
    ['a cycle', cycle],
    ['one object twice', [twice, twice]],
    ['a sparse array', [1, , 3]], // eslint-disable-line no-sparse-arrays -- the hole is the input
    ['__proto__ as an own key', JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}')],
    ['text beyond Latin-1', 'π🙂\u0000\ud800'],
    ['an Error', new TypeError('wrong', { cause: new Error('deeper') })],
    ...[
      new Int8Array([-1]),
      new Uint8ClampedArray([300]),
      new Int16Array([-2]),
      new Uint32Array([4e9]),
      new Float32Array([0.5]),
      new Float64Array([NaN, -0]),
      new BigInt64Array([-5n]),
      new DataView(new ArrayBuffer(9), 1, 3),
    ].map((view) => [Object.prototype.toString.call(view), view] as const),
  ];
  for (const [name, value] of values) {
    it(`${name} comes back as it went`, async () => {
      assert.deepEqual(await engine.run('echo', value), value);
      assert.equal(await engine.run('describe', value), Object.prototype.toString.call(value));
    });
  }

  it('a view of shared memory is copied', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(9);
    assert.equal(await engine.run('isShared', shared), false);
    assert.deepEqual(await engine.run('echo', shared), new Uint8Array([9, 9, 9, 9]));
  });

  const refusals: readonly (readonly [string, unknown, string, string])[] = [
    ['a function', () => 1, 'a function at input', 'plain data'],
    ['a function inside', { a: [{ callback: function go() {} }] }, 'a function (go) at input.a[0].callback', ''], // eslint-disable-line @typescript-eslint/no-empty-function -- never called
    ['a symbol', Symbol('s'), 'a symbol at input', ''],
    ['a SharedArrayBuffer', new SharedArrayBuffer(8), 'SharedArrayBuffer at input', 'a view'],
    ['a promise', { later: Promise.resolve(1) }, 'Promise at input.later', 'await it first'],
    ['a WeakRef', new WeakRef({}), 'WeakRef at input', ''],
    ['a Proxy', [new Proxy({}, {})], 'Proxy at input[0]', 'the object behind it'],
    [
      'a getter that throws',
      {
        get price(): number {
          throw new Error('no price');
        },
      },
      'a getter that throws at input.price',
      '',
    ],
    ['a detached buffer', detached(), 'detached', 'transferred'],
  ];
  for (const [name, value, place, wayOut] of refusals) {
    it(`${name} is ERR_NOT_SHAREABLE`, async () => {
      await refused(engine.run('echo', value), 'ERR_NOT_SHAREABLE', place, wayOut, 'expected input data');
    });
  }

  it('too deep an object is refused, not a crash', async () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 200_000; ++depth) deep = [deep];
    await refused(engine.run('echo', deep), 'ERR_NOT_SHAREABLE', 'nested too deeply', 'flatter');
  });

  it('an invalid Date, and a Buffer, which comes back as the Uint8Array it is to the structured clone', async () => {
    assert.ok(Number.isNaN(((await engine.run('echo', new Date(NaN))) as Date).getTime()));
    assert.deepEqual(await engine.run('echo', Buffer.from('text')), new Uint8Array(Buffer.from('text')));
  });

  it('instances of own classes travel as plain objects', async () => {
    class Point {
      readonly x = 1;
    }
    assert.deepEqual(await engine.run('echo', { at: new Point() }), { at: { x: 1 } });
  });
});

void describe('sizes of payloads', () => {
  it('at the limit, in and out', async () => {
    await withEngine({ tasks: taskModule(TASKS), workers: 1, memory: { poolBytes: POOL } }, async (engine) => {
      assert.equal(engine.stats().poolBytes, POOL);
      assert.equal(await engine.run('size', new Uint8Array(POOL)), POOL);
      const result = (await engine.run('bytes', POOL)) as Uint8Array;
      assert.deepEqual([result.length, result.at(-1)], [POOL, 7]);
      assert.equal(await engine.run('size', new Uint8Array(POOL)), POOL);
    });
  });

  it('one byte over the limit, in and out', async () => {
    await withEngine({ tasks: taskModule(TASKS), workers: 1, memory: { poolBytes: POOL } }, async (engine) => {
      const over = engine.run('size', new Uint8Array(POOL + 1));
      const error = await refused(over, 'ERR_PAYLOAD_TOO_LARGE', String(POOL + 1), 'memory.poolBytes');
      assert.deepEqual([Reflect.get(error, 'size'), Reflect.get(error, 'limit')], [POOL + 1, POOL]);
      await refused(engine.run('bytes', POOL + 1), 'ERR_PAYLOAD_TOO_LARGE', String(POOL), String(POOL + 1));
      await refused(engine.run('echo', 'é'.repeat(POOL + 1)), 'ERR_PAYLOAD_TOO_LARGE');
      await refused(engine.run('echo', '€'.repeat(POOL)), 'ERR_PAYLOAD_TOO_LARGE', String(2 * POOL));
      assert.equal(await engine.run('size', new Uint8Array(POOL >> 1)), POOL >> 1);
    });
  });

  it('in and out do not fit at once: ERR_RESOURCE_EXHAUSTED, and the next task runs', async () => {
    await withEngine({ tasks: taskModule(TASKS), workers: 1, memory: { poolBytes: POOL } }, async (engine) => {
      await refused(engine.run('echo', new Uint8Array(POOL)), 'ERR_RESOURCE_EXHAUSTED', '"echo"', 'memory.poolBytes');
    });
  });

  it('more payload than pool waits for room, none is lost', async () => {
    await withEngine({ tasks: taskModule(TASKS), workers: 2, memory: { poolBytes: POOL } }, async (engine) => {
      const input = new Uint8Array(POOL >> 2);
      const sizes = await Promise.all(Array.from({ length: 40 }, () => engine.run('size', input)));
      assert.deepEqual(new Set(sizes), new Set([POOL >> 2]));
    });
  });

  it('64 MiB with the defaults, there and back', async () => {
    await withEngine({ tasks: taskModule(TASKS), workers: 1 }, async (engine) => {
      const input = new Uint8Array(64 << 20);
      input[input.length - 1] = 5;
      const output = (await engine.run('echo', input)) as Uint8Array;
      assert.deepEqual([output.length, output.at(-1)], [input.length, 5]);
    });
  });

  it('kernels take numbers, text and bytes, nothing else', async () => {
    await withEngine({ kernels: KERNELS_URL, workers: 1, memory: { poolBytes: POOL } }, async (engine) => {
      assert.equal(await engine.run('sumBytes', new Uint8Array(0)), 0);
      assert.equal(await engine.run('sumBytes', ''), 0);
      assert.deepEqual(await engine.run('reverse', new Uint8Array(0)), new Uint8Array(0));
      assert.equal(await engine.run('sumBytes', new Uint8Array(POOL).fill(1)), POOL);
      await refused(engine.run('sumBytes', new Uint8Array(POOL + 1)), 'ERR_PAYLOAD_TOO_LARGE');
      await refused(engine.run('reverse', new Uint8Array(POOL)), 'ERR_TASK_FAILED', 'code -1');
      for (const value of [
        {},
        [],
        null,
        true,
        5n,
        new Date(),
        new Map(),
        new SharedArrayBuffer(8),
        Symbol('s'),
        () => 1,
      ]) {
        await refused(engine.run('sumBytes', value), 'ERR_NOT_SHAREABLE', 'a number, a string or bytes', 'kernel');
      }
    });
  });
});

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}
