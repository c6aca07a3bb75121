import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Allocator, type AllocatorOwner } from '../../../src/client/allocator.ts';
import { closedError } from '../../../src/client/refusal.ts';

const LIMIT = 1 << 16;
const ADDRESS = 64;
const NO_ROOM = { code: 'ERR_RESOURCE_EXHAUSTED', resource: 'pool', usage: 100, limit: LIMIT };

interface Fake {
  /** From which try on there is room. */
  readonly roomAt: number;
  /** Whether workers keep blocks, and how many looks they take to answer. */
  readonly answersAfter?: number;
}

/** An engine with a pool that has one block, and what it was asked. */
function fake({ roomAt, answersAfter }: Fake): { owner: AllocatorOwner; calls: string[] } {
  const calls: string[] = [];
  let tries = 0;
  let looks = 0;
  const exports = {
    allocBlock: (bytes: number): number => {
      calls.push(`alloc ${String(bytes)}`);
      return tries++ >= roomAt ? ADDRESS : 0;
    },
    freeBlock: (address: number, bytes: number): void => {
      calls.push(`free ${String(address)} ${String(bytes)}`);
    },
    recall: (): number => {
      calls.push('recall');
      return answersAfter === undefined ? 0 : 1;
    },
    isRecalling: (): number => (looks++ < (answersAfter ?? 0) ? 1 : 0),
  };
  const memory = new SharedArrayBuffer(1024);
  new Uint8Array(memory).fill(9);
  const engine = { exports, buffer: Buffer.from(memory), memory: { buffer: memory } };
  const owner = {
    engine,
    payloadLimit: LIMIT,
    refusal: () => undefined,
    pressed: () => undefined,
    drain: () => calls.push('drain'),
  };
  return { owner: owner as unknown as AllocatorOwner, calls };
}

describe('the allocator', () => {
  it('takes a block, makes it zero and nothing else, and frees the same', () => {
    const { owner, calls } = fake({ roomAt: 0 });
    const buffer = new Allocator(owner).allocate(100);
    assert.deepEqual([...buffer.bytes], new Array(100).fill(0));
    const all = new Uint8Array(buffer.bytes.buffer);
    assert.deepEqual([all[ADDRESS - 1], all[ADDRESS], all[ADDRESS + 99], all[ADDRESS + 100]], [9, 0, 0, 9]);
    buffer.free();
    assert.deepEqual(calls, ['alloc 100', `free ${String(ADDRESS)} 100`]);
  });

  it('without room: reads results, asks workers, and tries once more', () => {
    const { owner, calls } = fake({ roomAt: 1 });
    assert.equal(new Allocator(owner).allocate(100).byteLength, 100);
    assert.deepEqual(calls, ['alloc 100', 'drain', 'recall', 'alloc 100']);
  });

  it('tries as long as workers that were asked have not answered, and once after that', () => {
    const { owner, calls } = fake({ roomAt: 5, answersAfter: 4 });
    assert.equal(new Allocator(owner).allocate(100).byteLength, 100);
    assert.equal(calls.filter((call) => call === 'alloc 100').length, 6);
    assert.throws(() => new Allocator(fake({ roomAt: 6, answersAfter: 4 }).owner).allocate(100), NO_ROOM);
  });

  it('ends though they never answer, or have nothing', () => {
    assert.throws(() => new Allocator(fake({ roomAt: Infinity, answersAfter: Infinity }).owner).allocate(100), NO_ROOM);
    assert.throws(() => new Allocator(fake({ roomAt: Infinity }).owner).allocate(100), NO_ROOM);
  });

  it('of no bytes touches nothing', () => {
    const { owner, calls } = fake({ roomAt: Infinity });
    const buffer = new Allocator(owner).allocate(0);
    assert.equal(buffer.bytes.length, 0);
    buffer.free();
    assert.deepEqual(calls, []);
  });

  it('refuses what a task would be refused for, whatever the size', () => {
    const { owner, calls } = fake({ roomAt: 0 });
    const closed = { ...owner, refusal: closedError };
    assert.throws(() => new Allocator(closed).allocate(-1), { code: 'ERR_CLOSED' });
    const priorities: number[] = [];
    const pressed = {
      ...owner,
      pressed: (priority: number) => {
        priorities.push(priority);
        return new RangeError('short');
      },
    };
    assert.throws(() => new Allocator(pressed).allocate(8), { message: 'short' });
    assert.deepEqual([priorities, calls], [[2], []]);
  });
});
