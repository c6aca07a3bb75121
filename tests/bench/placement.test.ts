import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NotMeasured } from '../../bench/case.ts';
import { loadLibrary, packageRoot } from '../../bench/library.ts';
import { loadPlacement } from '../../bench/placement.ts';

const NODES = 4;
const library = await loadLibrary(packageRoot());

describe('loadPlacement', () => {
  for (const policy of ['locality', 'roundRobin'] as const) {
    it(`places tasks as an engine does, with policy '${policy}'`, async () => {
      const placement = await loadPlacement(library, policy, NODES);
      const pending = new Int32Array(NODES);
      for (let node = 0; node < NODES; ++node) placement.load(node, 0, 2);
      for (let task = 0; task < 4 * NODES; ++task) {
        const node = placement.choose(-1);
        const count = (pending[node] ?? 0) + 1;
        pending[node] = count;
        placement.load(node, count, 2);
        placement.assigned(node, 1);
      }
      assert.deepEqual([...pending], [4, 4, 4, 4]);
    });
  }

  it('a build without it is not measured', async () => {
    const other = { ...library, entry: new URL('./nowhere/index.js', import.meta.url) };
    await assert.rejects(loadPlacement(other, 'locality', NODES), NotMeasured);
  });
});
