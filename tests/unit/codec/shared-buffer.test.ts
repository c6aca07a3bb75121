import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TAG_SHARED } from '../../../src/abi/codes.ts';
import { Encoder } from '../../../src/codec/encode.ts';
import { SharedBlock } from '../../../src/codec/shared-block.ts';
import { SharedBuffer } from '../../../src/codec/shared-buffer.ts';
import { SharedRange } from '../../../src/codec/shared-range.ts';
import { Tag } from '../../../src/codec/tags.ts';

const FREED = { code: 'ERR_BUFFER_FREED' };

/** 100 bytes from 64 on of a memory, and how often they were released. */
function allocate(): { buffer: SharedBuffer; block: SharedBlock; memory: Uint8Array; released: () => number } {
  const memory = new SharedArrayBuffer(256);
  let released = 0;
  const block = new SharedBlock({}, memory, 64, 100, () => (released += 1));
  return { buffer: new SharedBuffer(block), block, memory: new Uint8Array(memory), released: () => released };
}

describe('a block that tasks borrow', () => {
  it('is released once, by its free or by the last task after it', () => {
    const first = allocate();
    first.buffer.free();
    assert.equal(first.released(), 1);

    const { block, buffer, released } = allocate();
    block.borrow();
    block.borrow();
    block.giveBack();
    assert.deepEqual([buffer.tasks, released()], [1, 0]);
    block.giveBack();
    assert.deepEqual([buffer.tasks, released()], [0, 0]);
    block.borrow();
    buffer.free();
    assert.deepEqual([buffer.freed, buffer.tasks, released()], [true, 1, 0]);
    assert.throws(() => {
      block.borrow();
    }, FREED);
    block.giveBack();
    assert.deepEqual([buffer.tasks, released()], [0, 1]);
    assert.throws(() => {
      buffer.free();
    }, FREED);
    buffer[Symbol.dispose]();
    assert.equal(released(), 1);
  });

  it('shows its bytes at their place, and its parts', () => {
    const { buffer, memory } = allocate();
    buffer.bytes.set([1, 2, 3, 4]);
    assert.deepEqual([...memory.subarray(63, 69)], [0, 1, 2, 3, 4, 0]);
    assert.equal(buffer.bytes, buffer.bytes);
    const part = buffer.subarray(2, -90);
    assert.deepEqual([part.byteLength, part.address, [...part.bytes.subarray(0, 3)]], [8, 66, [3, 4, 0]]);
    assert.deepEqual([part.subarray(-3).address, part.subarray(-3).byteLength], [71, 3]);
    assert.deepEqual([buffer.subarray(200).byteLength, buffer.subarray(9, 3).byteLength], [0, 0]);
    assert.equal(buffer.view(Float32Array).length, 25);
    assert.equal(part.subarray(2).view(Int16Array)[0], 0);
  });

  it('takes no properties: they would be copied, its memory would not', () => {
    const { buffer } = allocate();
    assert.throws(() => Object.assign(buffer, { name: 'x' }), TypeError);
    assert.throws(() => Object.assign(buffer.subarray(1), { name: 'x' }), TypeError);
  });
});

describe('the encoder', () => {
  it('takes it as it is, for handlers and kernels', () => {
    const { buffer } = allocate();
    const encoder = new Encoder();
    for (const prepare of ['prepare', 'prepareKernelInput'] as const) {
      for (const given of [buffer, buffer.subarray(10)]) {
        encoder[prepare](given);
        const { tag, number, length, shared } = encoder;
        assert.deepEqual([tag, number, length], [TAG_SHARED, given.byteLength, 0]);
        assert.equal(shared, given);
      }
    }
  });

  it('forgets it with the next value', () => {
    const encoder = new Encoder();
    for (const value of [1, 'text', null, true, undefined, {}, new Uint8Array(5), new Uint8Array(500), new Map()]) {
      encoder.prepare(allocate().buffer);
      encoder.prepare(value);
      assert.deepEqual([encoder.shared, encoder.tag === TAG_SHARED], [undefined, false]);
      encoder.discard();
    }
    encoder.prepare(allocate().buffer);
    encoder.discard();
    assert.equal(encoder.shared, undefined);
    encoder.prepareError(new Error('no'));
    assert.equal(encoder.tag, Tag.Error);
  });

  it('refuses it inside of a value, and as a result', () => {
    const { buffer } = allocate();
    const encoder = new Encoder();
    const part = buffer.subarray(1);
    for (const [value, path, kind] of [
      [[1, buffer], 'input[1]', 'SharedBuffer'],
      [{ a: { b: part } }, 'input.a.b', 'SharedRange'],
      [new Set([buffer]), 'input.values()', 'SharedBuffer'],
      [{ a: {}, b: Object.create(null) as unknown, c: buffer }, 'input.c', 'SharedBuffer'],
    ] as const) {
      assert.throws(
        () => {
          encoder.prepare(value);
        },
        { code: 'ERR_NOT_SHAREABLE', path, kind, message: /whole input of a task/ },
      );
    }
    assert.throws(
      () => {
        encoder.prepare(buffer, 'result');
      },
      { code: 'ERR_NOT_SHAREABLE', path: 'result' },
    );
  });

  it('knows it by what it is, not by what it says', () => {
    const { buffer } = allocate();
    const impostor: unknown = Object.create(SharedBuffer.prototype);
    assert.equal(SharedRange.isOne(buffer), true);
    assert.equal(SharedRange.isOne(impostor as object), false);
    assert.throws(
      () => {
        new Encoder().prepareKernelInput(impostor);
      },
      { code: 'ERR_NOT_SHAREABLE' },
    );
  });
});
