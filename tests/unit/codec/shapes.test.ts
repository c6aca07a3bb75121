import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { encodeKeys } from '../../../src/codec/key-block.ts';
import { ShapeTable, type ValueSource } from '../../../src/codec/shape-table.ts';
import { ShapeTrie } from '../../../src/codec/shape-trie.ts';
import { Tag } from '../../../src/codec/tags.ts';
import { roundTrip, tagOf } from './round-trip.ts';

/** Beyond the number of objects after which a shape's literal is compiled. */
const MANY = 500;

function viewOf(keys: readonly string[]): { view: DataView; length: number } {
  const block = encodeKeys(keys);
  assert.ok(block !== undefined);
  const view = new DataView(new ArrayBuffer(block.length + 3));
  block.write(view, 0);
  return { view, length: block.length };
}

function counting(): ValueSource {
  let next = 0;
  return { next: () => next++ };
}

describe('shapes of objects', () => {
  it('are the same before and after their literal is compiled', () => {
    for (let i = 0; i < MANY; i++) {
      const order = { id: `o${String(i)}`, price: i / 3, 'odd "key"\n': [i, { deep: { i } }], toString: i, '7': true };
      const copy = roundTrip(order);
      assert.deepEqual(copy, order);
      assert.deepEqual(Object.keys(Object(copy) as object), Object.keys(order));
    }
  });

  it('take nothing of a key for code', () => {
    const hostile = {
      '"]: (globalThis.broken = 1), ["x': 1,
      '${globalThis.broken = 1}': 2,
      '\\"+globalThis.broken': 3,
    };
    for (let i = 0; i < MANY; i++) assert.deepEqual(roundTrip(hostile), hostile);
    assert.equal('broken' in globalThis, false);
  });

  it('do not mix when their places in the table are the same', () => {
    for (let i = 0; i < MANY; i++) {
      assert.deepEqual(roundTrip({ abcdefg: i }), { abcdefg: i });
      assert.deepEqual(roundTrip({ axxxxxx: i }), { axxxxxx: i });
    }
  });

  it('define their properties, whatever Object.prototype says', () => {
    let caught = 0;
    Object.defineProperty(Object.prototype, 'trap', {
      configurable: true,
      set: () => caught++,
      get: () => 'inherited',
    });
    try {
      for (let i = 0; i < MANY; i++)
        assert.equal(Object.getOwnPropertyDescriptor(roundTrip({ trap: i }), 'trap')?.value, i);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'trap');
    }
    assert.equal(caught, 0);
  });

  it('end at 64 keys: larger objects are cloned', () => {
    const objectOf = (keys: number) => Object.fromEntries(Array.from({ length: keys }, (_, i) => [`k${String(i)}`, i]));
    assert.equal(tagOf(objectOf(64)), Tag.Tree);
    assert.equal(tagOf(objectOf(65)), Tag.Structured);
    for (const keys of [0, 1, 63, 64, 65, 200]) assert.deepEqual(roundTrip(objectOf(keys)), objectOf(keys));
  });

  it('are forgotten when ever new keys come, and learnt again', () => {
    for (let i = 0; i < 10_000; i++) {
      const object = { [`key ${String(i)}`]: i, then: i };
      assert.deepEqual(roundTrip(object), object);
    }
  });
});

describe('ShapeTrie', () => {
  it('gives the same node for the same keys, until it is full', () => {
    const trie = new ShapeTrie();
    const { root } = trie;
    const node = root.with('a').with('b');
    root.with('b');
    assert.equal(root.with('a').with('b'), node);
    for (let i = 0; i < 5_000; i++) trie.root.with(`k${String(i)}`);
    assert.notEqual(trie.root, root);
  });

  it('has no block for keys that a tree cannot hold', () => {
    const { root } = new ShapeTrie();
    for (const key of ['__proto__', 'Ж', 'x'.repeat(256)]) assert.equal(root.with(key).block(), undefined);
  });
});

describe('ShapeTable', () => {
  it('knows a shape again', () => {
    const table = new ShapeTable();
    const { view, length } = viewOf(['x', 'yy', 'zzz']);
    const shape = table.shapeAt(view, 0, length, 3);
    assert.equal(table.shapeAt(view, 0, length, 3), shape);
    assert.deepEqual(shape.make(counting()), { x: 0, yy: 1, zzz: 2 });
  });

  it('refuses what is no key block', () => {
    const table = new ShapeTable();
    const { view, length } = viewOf(['x', 'yy', 'x']);
    assert.throws(() => table.shapeAt(view, 0, length, 3), RangeError); // a key twice
    assert.throws(() => table.shapeAt(view, 0, length, 2), RangeError);
    assert.throws(() => table.shapeAt(view, 0, length - 1, 3), RangeError);
    const proto = new DataView(Uint8Array.from([9, ...Buffer.from('__proto__')]).buffer);
    assert.throws(() => table.shapeAt(proto, 0, 10, 1), RangeError);
  });
});
