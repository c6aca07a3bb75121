import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as layout from '../../src/abi/layout.ts';
import type { Crew } from './crew.ts';
import { rounds } from './rounds.ts';

const ROUNDS = 20_000;
const THREADS = 3;
/** Sizes of the pool's classes: 2^k and 1.5 · 2^k. */
const CLASSES = Array.from({ length: layout.POOL_CLASSES }, (_, index) => {
  const whole = 2 ** (layout.MIN_BLOCK_SHIFT + (index >> 1));
  return index % 2 === 0 ? whole : whole * 1.5;
});

async function churn(crew: Crew, seed: number, name: string, hold: number): Promise<number> {
  crew.reset(0);
  const calls = Array.from({ length: THREADS }, (_, thread) => [{ name, args: [ROUNDS, crew.listOf(thread), hold] }]);
  const exhausted = await crew.run(calls, seed);
  return exhausted.reduce((sum, times) => sum + times, 0);
}

// Every thread gives its caches back.
async function flush(crew: Crew, seed: number): Promise<void> {
  crew.write(crew.control, 0);
  await crew.run(
    Array.from({ length: THREADS }, () => [{ name: 'stressFlush', args: [] }]),
    seed,
  );
}

function poolBytesInUse(crew: Crew): number {
  let sum = 0;
  for (let submitter = 0; submitter <= THREADS; ++submitter) {
    const block = crew.read(layout.HEADER_SUBMITTER_BLOCKS) + submitter * layout.SUBMITTER_BYTES;
    sum += crew.readF64(block + layout.SUBMITTER_ALLOCATED) - crew.readF64(block + layout.SUBMITTER_FREED);
  }
  return sum;
}

describe('slab, real threads', () => {
  for (const [name, capacity, hold] of [
    ['room for all', 4096, 100],
    ['exhaustion', 64, 100],
  ] as const) {
    it(`${name}: no slot has two holders, and none is lost`, async (test) => {
      let exhausted = 0;
      // A new memory each time: counting takes all slots.
      await rounds(test, { threads: THREADS, capacity, poolBytes: 0 }, async (crew, seed) => {
        exhausted += await churn(crew, seed, 'stressSlots', hold);
        await flush(crew, seed);
        crew.call('stressMeet', [crew.control, 0, 1]);
        assert.equal(crew.call('stressCountSlots', []), capacity);
        assert.equal(crew.violations, 0, `seed ${String(seed)}`);
        for (let index = 0; index < capacity; ++index) crew.call('release', [index]);
        crew.call('flush', []);
      });
      assert.equal(exhausted > 0, name === 'exhaustion');
    });
  }
});

describe('pool, real threads', () => {
  it('no block has two holders, none is lost, and all pages can be had again', (test) =>
    rounds(test, { threads: THREADS, poolBytes: 4 << 20 }, async (crew, seed) => {
      const exhausted = await churn(crew, seed, 'stressBlocks', 64);
      crew.call('stressMeet', [crew.control, 0, 1]);
      crew.call('stressEmptyExchange', []);
      crew.call('flush', []);
      assert.equal(crew.violations, 0, `seed ${String(seed)}: a block was overwritten`);
      assert.equal(poolBytesInUse(crew), 0);
      assert.ok(exhausted >= 0);
    }));

  it('exhaustion, reclaim and leak: afterwards the whole pool can be had as one run, and as blocks of any class', (test) =>
    rounds(test, { threads: THREADS, poolBytes: 1 << 20 }, async (crew, seed) => {
      const whole = crew.read(layout.HEADER_POOL_PAGES) * layout.PAGE_BYTES;
      let exhausted = 0;
      for (const hold of [400, 20, 400]) {
        exhausted += await churn(crew, seed, 'stressBlocks', hold);
        crew.call('stressMeet', [crew.control, 0, 1]);
        crew.call('stressEmptyExchange', []);
        crew.call('flush', []);
        await flush(crew, seed);
        assert.equal(crew.violations, 0, `seed ${String(seed)}: a block was overwritten`);
        assert.equal(poolBytesInUse(crew), 0);
        const run = crew.call('allocBlock', [whole]);
        assert.notEqual(run, 0, `seed ${String(seed)}: a page got lost`);
        crew.call('freeBlock', [run, whole]);
      }
      assert.ok(exhausted > 0);
      const bytes = CLASSES[seed % CLASSES.length] ?? 64;
      const count = (whole / layout.PAGE_BYTES) * Math.floor(layout.PAGE_BYTES / bytes);
      const blocks = Array.from({ length: count }, () => crew.call('allocBlock', [bytes]));
      assert.equal(blocks.indexOf(0), -1, `blocks of ${String(bytes)} bytes got lost`);
      for (const block of blocks) crew.call('freeBlock', [block, bytes]);
      crew.call('flush', []);
    }));
});
