import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';

import { decode } from '../../../src/codec/decode.ts';
import { Encoder } from '../../../src/codec/encode.ts';
import { isInline, Tag } from '../../../src/codec/tags.ts';
import { finishTrip, roundTrip, tagOf } from './round-trip.ts';

function record(value: unknown): Record<string, unknown> {
  assert.ok(isRecord(value));
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

describe('inline values', () => {
  for (const value of [0, -0, 1.5, NaN, Infinity, -Infinity, Number.MIN_VALUE, undefined, null, true, false]) {
    it(`keeps ${Object.is(value, -0) ? '-0' : String(value)} without bytes`, () => {
      assert.ok(isInline(tagOf(value)));
      assert.ok(Object.is(roundTrip(value), value));
    });
  }
});

describe('strings', () => {
  const cases: readonly (readonly [name: string, value: string, tag: number])[] = [
    ['the empty string', '', Tag.Latin1],
    ['Latin-1', 'naïve ÿ\0', Tag.Latin1],
    ['Cyrillic', 'Привет', Tag.Utf16],
    ['surrogate pairs', 'a😀b', Tag.Utf16],
    ['lone surrogates', '\ud800x\udc00\udc00', Tag.Utf16],
    ['a huge string', 'x'.repeat(2 ** 25), Tag.Latin1],
    ['a huge wide string', 'Ж'.repeat(2 ** 22), Tag.Utf16],
  ];
  for (const [name, value, tag] of cases) {
    it(`keeps ${name}`, () => {
      assert.equal(tagOf(value), tag);
      assert.ok(roundTrip(value) === value);
    });
  }

  it('gives kernels UTF-8', () => {
    const encoder = new Encoder();
    encoder.prepareKernelInput('naïve');
    assert.equal(encoder.tag, Tag.String);
    assert.equal(encoder.length, 6);
    assert.equal(finishTrip(encoder), 'naïve');
  });
});

describe('plain trees', () => {
  const order = {
    id: 7,
    symbol: 'ACME',
    limits: { low: 1.5, high: -0 },
    tags: ['a', 'Ж'],
    note: undefined,
    parent: null,
  };
  const sparse: unknown[] = [1];
  sparse[2] = 3;

  it('travel in the one-pass format, without loss', () => {
    for (const value of [{}, [], order, [order, { ...order, limits: null, tags: [] }], { '': '', é: [[]] }]) {
      assert.equal(tagOf(value), Tag.Tree);
      assert.deepStrictEqual(roundTrip(value), value);
    }
  });

  it('take the structured clone where the format would lose something', () => {
    const match = /b/.exec('abc');
    const shared = { a: 1 };
    const cases: readonly unknown[] = [
      sparse,
      match,
      [shared, shared],
      JSON.parse('{"__proto__": 1}'),
      { ключ: 1 },
      { at: new Date(0) },
      { text: 'x'.repeat(40_000) },
      runInNewContext('({ a: [1] })'),
    ];
    for (const value of cases) {
      assert.equal(tagOf(value), Tag.Structured);
      assert.deepStrictEqual(roundTrip(value), structuredClone(value));
    }
  });

  it('keep names that Object.prototype has, as own properties', () => {
    const value = { toString: 1, constructor: 2, hasOwnProperty: 3 };
    assert.deepStrictEqual(roundTrip(value), value);
  });

  it('keep the identity of repeated references, few or many objects in', () => {
    for (const before of [0, 10, 100]) {
      const shared = { a: 1 };
      const filler = Array.from({ length: before }, (_, index) => ({ index }));
      const copy = record(roundTrip({ filler, first: shared, second: shared }));
      assert.equal(copy['first'], copy['second']);
    }
  });

  it('keep cycles', () => {
    const value: Record<string, unknown> = { name: 'ring' };
    value['self'] = value;
    const copy = record(roundTrip(value));
    assert.equal(copy['self'], copy);
  });

  it('read a getter once, so that it cannot change its mind', () => {
    let reads = 0;
    const value = {
      get count() {
        return ++reads;
      },
    };
    assert.deepStrictEqual(roundTrip(value), { count: 1 });
    assert.equal(reads, 1);
  });

  it('ignore symbol keys, hidden properties and prototypes, as the structured clone does', () => {
    class Order {
      id = 7;
    }
    const hidden = Object.defineProperty({ a: 1, [Symbol('s')]: 2 }, 'toJSON', { value: () => 0 });
    assert.deepStrictEqual(roundTrip(hidden), { a: 1 });
    assert.deepStrictEqual(roundTrip(new Order()), { id: 7 });
    assert.deepStrictEqual(roundTrip(Object.assign(Object.create(null), { a: 1 })), { a: 1 });
  });

  it('do not copy what somebody added to Object.prototype', () => {
    Object.defineProperty(Object.prototype, 'polluted', { value: 1, enumerable: true, configurable: true });
    try {
      assert.equal(Object.hasOwn(record(roundTrip({ a: 1 })), 'polluted'), false);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    }
  });

  it('may be 500 levels deep', () => {
    let value: unknown = 1;
    for (let level = 0; level < 500; level++) value = [value];
    assert.equal(tagOf(value), Tag.Structured);
    assert.deepStrictEqual(roundTrip(value), value);
  });

  it('may be written by a getter of another one on the same encoder', () => {
    const encoder = new Encoder();
    let inner: unknown;
    const value = {
      before: 'b',
      get nested() {
        encoder.prepare({ inner: [1, 2] });
        inner = finishTrip(encoder);
        return 'n';
      },
      after: 'a',
    };
    encoder.prepare(value);
    assert.deepStrictEqual(finishTrip(encoder), { before: 'b', nested: 'n', after: 'a' });
    assert.deepStrictEqual(inner, { inner: [1, 2] });
  });
});

describe('structured values', () => {
  const cases: readonly unknown[] = [
    10n ** 40n,
    new Date(1e12),
    new Map<unknown, unknown>([[{ a: 1 }, new Set([1, 'x'])]]),
    new Set(),
    /a+/giu,
    Object(1n),
    new RangeError('no'),
    [new Uint16Array([1, 2, 3]), new Date(1)],
  ];
  for (const value of cases) {
    it(`copies ${Object.prototype.toString.call(value)}`, () => {
      assert.equal(tagOf(value), Tag.Structured);
      assert.deepStrictEqual(roundTrip(value), structuredClone(value));
    });
  }

  it('gives nested views buffers of their own, of exactly their size', () => {
    const pooled = Buffer.from('abc');
    const copy = record(
      roundTrip({ pooled, part: new Float64Array([1, 2, 3]).subarray(1, 2), none: new Uint8Array(0) }),
    );
    assert.deepStrictEqual(copy['pooled'], new Uint8Array([97, 98, 99]));
    assert.deepStrictEqual(copy['part'], new Float64Array([2]));
    for (const view of Object.values(copy)) {
      assert.ok(ArrayBuffer.isView(view));
      assert.equal(view.buffer.byteLength, view.byteLength);
      assert.ok(view.buffer instanceof ArrayBuffer);
    }
  });
});

describe('decode', () => {
  it('refuses tags that do not exist, odd lengths and payloads outside of the memory', () => {
    const memory = Buffer.alloc(16);
    const bad: readonly (readonly [tag: number, offset: number, length: number])[] = [
      [15, 0, 4],
      [31, 0, 4],
      [Tag.Utf16, 0, 3],
      [Tag.Float64Array, 0, 12],
      [Tag.Latin1, 8, 9],
      [Tag.Uint8Array, 17, 0],
      [Tag.Structured, 0, 0],
      [Tag.Tree, 0, 0],
      [Tag.Error, 0, 16],
    ];
    for (const [tag, offset, length] of bad) {
      assert.throws(() => decode(tag, 0, memory, offset, length), { code: 'ERR_NOT_SHAREABLE' });
    }
  });
});
