import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Match } from '../../bench/case.ts';
import { payload } from '../../bench/cases/payload.ts';
import { loadLibrary, packageRoot } from '../../bench/library.ts';

const library = await loadLibrary(packageRoot());
const { signal } = new AbortController();

async function matchesOf(quick: boolean): Promise<readonly Match[]> {
  return payload.matches({ library, quick, rivals: true, workers: 2, signal });
}

describe('payload', () => {
  it('holds kernels to 2 × and handlers to 3 × the two copies, from 64 KiB on', async () => {
    const goals = (await matchesOf(false)).flatMap(({ id, metrics }) =>
      metrics.map(({ key, goals: [goal] }) => `${id} ${key} ${goal === undefined ? 'reported' : String(goal.limit)}`),
    );
    const sizes = ['64B', '1KiB', '16KiB', '64KiB', '256KiB', '1024KiB'];
    const goalOf = (index: number, goal: string): string => (index < 3 ? 'reported' : goal);
    assert.deepEqual(goals, [
      ...sizes.map((size, index) => `payload/${size}/kernel value ${goalOf(index, '2')}`),
      ...sizes.map((size, index) => `payload/${size}/handler value ${goalOf(index, '3')}`),
      ...sizes.flatMap((size) => ['kernel', 'handler'].map((side) => `payload/${size}/pools ${side} reported`)),
    ]);
  });

  it('has every goal in the quick run as well', async () => {
    const full = (await matchesOf(false)).map(({ id }) => id);
    const quick = await matchesOf(true);
    assert.ok(quick.length < full.length && quick.every(({ id }) => full.includes(id)));
    assert.deepEqual([quick.at(0)?.id, quick.at(-1)?.id], [full.at(0), full.at(-1)]);
    assert.ok(quick.some(({ metrics }) => metrics.some(({ goals }) => goals.length > 0)));
  });
});
