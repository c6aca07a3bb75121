import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openKernels } from '../../bench/engines.ts';
import { loadFunctionOn } from '../../bench/floors/burn.ts';
import { loadLibrary, packageRoot } from '../../bench/library.ts';

const library = await loadLibrary(packageRoot());
const DATA = 65_536;
const COUNT = 1_024;
const SEQUENTIAL = 0;
const RANDOM = 1;
const BURSTS = 2;

const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
const elements = new Int32Array(memory.buffer, DATA, COUNT);
const walk = loadFunctionOn(memory, library.kernels, 'walk');

/** How often each of the elements is read: they are 1 in turn, all others 0. */
function readsOf(pattern: number, reads: number): readonly number[] {
  return Array.from({ length: COUNT }, (_, index) => {
    elements.fill(0)[index] = 1;
    return walk(DATA, COUNT, pattern, reads);
  });
}

describe('walk', () => {
  it('reads every element once each time when it goes through them', () => {
    assert.ok(readsOf(SEQUENTIAL, 3 * COUNT).every((each) => each === 3));
  });

  it('reads as many as it is asked, all over the place', () => {
    const reads = readsOf(RANDOM, 16 * COUNT);
    assert.equal(
      reads.reduce((sum, each) => sum + each, 0),
      16 * COUNT,
    );
    assert.ok(reads.filter((each) => each > 0).length > 0.95 * COUNT, 'few elements are never read');
    assert.ok(Math.max(...reads) < 100, 'none is read all the time');
  });

  it('reads 64 in a row from random places', () => {
    const reads = readsOf(BURSTS, 16 * COUNT);
    const rows = Array.from({ length: COUNT / 64 }, (_, row) => reads.slice(row * 64, row * 64 + 64));
    for (const row of rows) assert.ok(row.every((each) => each === row[0]));
    assert.equal(
      rows.reduce((sum, [each = 0]) => sum + each, 0),
      16 * (COUNT / 64),
    );
    assert.ok(rows.filter(([each = 0]) => each > 0).length > 0.9 * rows.length, 'few rows are never read');
  });
});

describe('walkPayload', () => {
  it('finds in its payload what walk finds in a memory of its own', async () => {
    const engine = await openKernels(library, { workers: 1 });
    try {
      for (const pattern of [SEQUENTIAL, RANDOM, BURSTS]) {
        const reads = 4 * COUNT;
        const input = Int32Array.from({ length: 16 + COUNT }, (_, index) => index * index);
        input.set([pattern, reads]);
        elements.set(input.subarray(16));
        assert.equal(await engine.run('walkPayload', input), walk(DATA, COUNT, pattern, reads));
      }
    } finally {
      await engine.close();
    }
  });
});
