import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Tag } from '../../../src/codec/tags.ts';
import type { EngineSource } from '../../../src/wasm/engine.ts';
import { ForeignTasks } from '../../../src/worker/foreign-tasks.ts';
import { ALLOC, type FunctionParts, type ModuleParts, moduleOf, TASK } from '../../support/foreign/module-bytes.ts';

const NO_BYTES = Buffer.alloc(0);
const nothing = (name: string, body: readonly number[]): FunctionParts => ({ name, parameters: [], results: [], body });
/** Writes 1 to address 16: that byte is 0 before. */
const SET_MARK = [0x41, 16, 0x41, 1, 0x3a, 0, 0];
const READS_MARK = { ...TASK, name: 'mark', body: [0x41, 16, 0x2d, 0, 0] };
const FAILS = { ...TASK, name: 'fails', body: [0x41, 0x7f] };
const TRAPS = { ...TASK, name: 'traps', body: [0x00] };

function load(parts: ModuleParts, kernels: readonly string[]): ForeignTasks | undefined {
  const source: EngineSource = {
    module: new WebAssembly.Module(moduleOf({})),
    memory: new WebAssembly.Memory({ initial: 1 }),
    kernels,
    foreign: new WebAssembly.Module(moduleOf(parts)),
  };
  return ForeignTasks.load(source);
}

describe('the foreign tasks of a worker', () => {
  it('are none without a foreign module', () => {
    const module = new WebAssembly.Module(moduleOf({}));
    const memory = new WebAssembly.Memory({ initial: 1 });
    assert.equal(ForeignTasks.load({ module, memory, kernels: ['task'] }), undefined);
  });

  it('have been initialized, each instance anew', () => {
    const functions = [ALLOC, nothing('_initialize', SET_MARK), READS_MARK, TRAPS];
    const tasks = load({ functions }, ['mark', 'traps']);
    assert.equal(tasks?.count, 2);
    assert.equal(tasks.call(0, Tag.Undefined, 0, NO_BYTES, 0, 0), 1);
    assert.throws(() => tasks.call(1, Tag.Undefined, 0, NO_BYTES, 0, 0), WebAssembly.RuntimeError);
    assert.equal(tasks.result.length, 0);
    assert.equal(tasks.call(0, Tag.Undefined, 0, NO_BYTES, 0, 0), 1);
    assert.equal(tasks.result.length, 1);
  });

  it('get bytes from where they stand, and give those that are there', () => {
    const tasks = load({ functions: [ALLOC, TASK, FAILS] }, ['task', 'fails']);
    const payload = Buffer.from('--payload--');
    for (const bytes of [payload, Buffer.from(`--payload--${'x'.repeat(500)}`)]) {
      assert.equal(tasks?.call(0, Tag.String, 0, bytes, 2, bytes.length - 4), bytes.length - 4);
      assert.deepEqual(Buffer.from(tasks.result), bytes.subarray(2, -2));
    }
    assert.equal(tasks?.call(0, Tag.Number, 1.5, NO_BYTES, 0, 0), 8);
    assert.deepEqual(Float64Array.from(new Float64Array(tasks.result.slice().buffer)), Float64Array.of(1.5));
    assert.equal(tasks.call(1, Tag.Number, 0, NO_BYTES, 0, 0), -1);
  });

  it('do not load when the start function traps, or _initialize', () => {
    for (const parts of [
      { functions: [ALLOC, TASK, nothing('ignored', [0x00])], start: 2 },
      { functions: [ALLOC, TASK, nothing('_initialize', [0x00])] },
    ]) {
      assert.throws(
        () => load(parts, ['task']),
        (error: unknown) =>
          error instanceof Error &&
          Reflect.get(error, 'code') === 'ERR_MODULE_LOAD' &&
          error.message.includes('start function or _initialize failed') &&
          error.message.includes('unreachable'),
      );
    }
  });

  it('give a result within their memory or none, whatever alloc and they say', () => {
    const any = fc.oneof(
      fc.integer(),
      fc.integer({ min: -16, max: 131_100 }),
      fc.constantFrom(2 ** 31 - 1, -(2 ** 31)),
    );
    fc.assert(
      fc.property(any, any, fc.nat(300), (pointer, result, length) => {
        const alloc = { ...ALLOC, body: [0x41, ...signedLeb(pointer)] };
        const task = { ...TASK, body: [0x41, ...signedLeb(result)] };
        const tasks = load({ functions: [alloc, task], memories: [[0, 2]] }, ['task']);
        const start = pointer >>> 0;
        const isRoom = start > 0 && start + length <= 131_072;
        const isGood = isRoom && (result < 0 || start + result <= 131_072);
        const call = (): number | undefined => tasks?.call(0, Tag.Uint8Array, 0, Buffer.alloc(length, 7), 0, length);
        if (!isGood) {
          assert.throws(call, RangeError);
          return;
        }
        assert.equal(call(), result);
        if (result < 0) return;
        assert.equal(tasks?.result.byteOffset, start);
        assert.equal(tasks.result.length, result);
        const copied = Math.min(length, result);
        assert.deepEqual(tasks.result.subarray(0, copied), new Uint8Array(copied).fill(7));
      }),
    );
  });
});

function signedLeb(value: number): number[] {
  const rest = value >> 7;
  const isLast = (rest === 0 && (value & 0x40) === 0) || (rest === -1 && (value & 0x40) !== 0);
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signedLeb(rest)];
}
