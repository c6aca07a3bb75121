import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Encoder } from '../../../src/codec/encode.ts';
import { Tag } from '../../../src/codec/tags.ts';
import { finishTrip, refusalOf, roundTrip, tagOf } from './round-trip.ts';

const bytes = Uint8Array.from({ length: 32 }, (_, index) => index + 1);
const views: readonly ArrayBufferView[] = [
  new Uint8Array(bytes.buffer, 8, 16),
  new Uint8ClampedArray(bytes.buffer, 8, 16),
  new Int8Array(bytes.buffer, 8, 16),
  new Uint16Array(bytes.buffer, 8, 8),
  new Int16Array(bytes.buffer, 8, 8),
  new Uint32Array(bytes.buffer, 8, 4),
  new Int32Array(bytes.buffer, 8, 4),
  new Float32Array(bytes.buffer, 8, 4),
  new Float64Array(bytes.buffer, 8, 2),
  new BigInt64Array(bytes.buffer, 8, 2),
  new BigUint64Array(bytes.buffer, 8, 2),
  new DataView(bytes.buffer, 8, 16),
  ...float16(Reflect.get(globalThis, 'Float16Array')),
];

function float16(constructor: unknown): ArrayBufferView[] {
  if (typeof constructor !== 'function') return [];
  const view: unknown = Reflect.construct(constructor, [bytes.buffer, 8, 8]);
  assert.ok(ArrayBuffer.isView(view));
  return [view];
}

function assertOwnBuffer(view: unknown): void {
  assert.ok(ArrayBuffer.isView(view));
  assert.ok(view.buffer instanceof ArrayBuffer);
  assert.equal(view.buffer.byteLength, view.byteLength);
}

describe('views', () => {
  for (const view of views) {
    const name = Object.prototype.toString.call(view).slice(8, -1);
    it(`${name} travels as its bytes, alone and nested`, () => {
      const copy = roundTrip(view);
      assert.deepStrictEqual(copy, structuredClone(view));
      assertOwnBuffer(copy);
      assert.deepStrictEqual(roundTrip(new Set([view])), structuredClone(new Set([view])));
    });

    it(`an empty ${name} stays empty`, () => {
      const empty: unknown = Reflect.construct(view.constructor, [new ArrayBuffer(0)]);
      assert.deepStrictEqual(roundTrip(empty), empty);
    });
  }

  it('a Buffer comes back as a Uint8Array, without the pool it was cut from', () => {
    const copy = roundTrip(Buffer.from('hello'));
    assert.deepStrictEqual(copy, new Uint8Array([104, 101, 108, 108, 111]));
    assertOwnBuffer(copy);
  });

  it('an ArrayBuffer comes back as one, empty ones too', () => {
    for (const buffer of [new ArrayBuffer(0), bytes.buffer.slice(3, 7)]) {
      assert.equal(tagOf(buffer), Tag.ArrayBuffer);
      assert.deepStrictEqual(roundTrip(buffer), buffer);
    }
  });

  it('a view over shared memory comes back as a copy that is not shared', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(9);
    for (const copy of [roundTrip(shared), [...asSet(roundTrip(new Set([shared])))][0]]) {
      assert.deepStrictEqual(copy, new Uint8Array([9, 9, 9, 9]));
      assertOwnBuffer(copy);
    }
  });

  it('own properties of a view are ignored, subclasses lose their class', () => {
    class Prices extends Float64Array {
      readonly unit = 'USD';
    }
    const copy = roundTrip(new Prices([1, 2]));
    assert.deepStrictEqual(copy, new Float64Array([1, 2]));
  });

  it('a detached buffer and views of it are refused', () => {
    const buffer = new ArrayBuffer(8);
    const view = new Uint16Array(buffer);
    const dataView = new DataView(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    for (const value of [buffer, view, dataView]) {
      assert.match(refusalOf(value).message, /detached/);
      assert.match(refusalOf({ deep: [value] }).message, /detached.* at input\.deep\[0\]/);
    }
  });

  it('a view that a shrunk buffer left out of bounds is refused', () => {
    const buffer: unknown = Reflect.construct(ArrayBuffer, [16, { maxByteLength: 32 }]);
    assert.ok(buffer instanceof ArrayBuffer);
    const view = new Uint8Array(buffer, 8, 8);
    call(buffer, 'resize', 4);
    assert.match(refusalOf(view).message, /shrunk/);
    assert.deepStrictEqual(roundTrip(new Uint8Array(buffer)), new Uint8Array(4));
  });

  it('shared memory that grows after prepare does not write past the reserved bytes', () => {
    const memory: unknown = Reflect.construct(SharedArrayBuffer, [4, { maxByteLength: 64 }]);
    assert.ok(memory instanceof SharedArrayBuffer);
    const encoder = new Encoder();
    encoder.prepare(new Uint8Array(memory));
    call(memory, 'grow', 64);
    assert.deepStrictEqual(finishTrip(encoder), new Uint8Array(4));
  });

  it('shared memory that grows after prepare is written as it was, also where what stands behind is free', () => {
    for (const grown of [5, 64, 4096]) {
      const memory: unknown = Reflect.construct(SharedArrayBuffer, [4, { maxByteLength: 4096 }]);
      assert.ok(memory instanceof SharedArrayBuffer);
      const encoder = new Encoder();
      encoder.prepare(new Uint8Array(memory).fill(7));
      call(memory, 'grow', grown);
      const target = Buffer.alloc(128, 1);
      encoder.write(target, 100, true);
      assert.deepStrictEqual([...target.subarray(0, 104)], [...Array<number>(100).fill(1), 7, 7, 7, 7]);
    }
  });

  it('of a few bytes, in the JavaScript heap, travel as others, wherever they are written', () => {
    class Liar extends Uint16Array {
      override readonly byteLength = 2;
      override readonly length = 1;
    }
    const small = [
      ...[1, 3, 7, 8].map((length) => Float64Array.from({ length }, (_, n) => n / 3)),
      ...[1, 5, 63, 64, 65].map((length) => Uint8Array.from({ length }, (_, n) => n + 1)),
      BigInt64Array.of(-1n, 2n),
      Uint8ClampedArray.of(300, 7),
      Float64Array.of(NaN, -0, Infinity),
    ];
    const encoder = new Encoder();
    for (const offset of [64, 65, 68]) {
      for (const view of small) {
        encoder.prepare(view);
        assert.equal(encoder.length, view.byteLength);
        assert.deepStrictEqual(finishTrip(encoder, offset), view);
      }
    }
    encoder.prepare(new Liar([1, 2, 3]));
    assert.deepStrictEqual(finishTrip(encoder), Uint16Array.of(1, 2, 3));
  });

  it('are what a kernel takes beside numbers and strings', () => {
    const encoder = new Encoder();
    for (const value of [1.5, undefined, bytes, bytes.buffer]) {
      encoder.prepareKernelInput(value);
      assert.deepStrictEqual(finishTrip(encoder), value);
    }
    for (const value of [{}, null, true, 1n, [1]]) {
      assert.throws(() => {
        encoder.prepareKernelInput(value);
      }, /ERR_NOT_SHAREABLE|expected a number, a string or bytes/);
    }
  });
});

/** Calls a method that the types of this language level do not know. */
function call(target: object, method: string, argument: number): void {
  const body: unknown = Reflect.get(target, method);
  assert.ok(typeof body === 'function');
  Reflect.apply(body, target, [argument]);
}

function asSet(value: unknown): Set<unknown> {
  assert.ok(value instanceof Set);
  return value;
}
