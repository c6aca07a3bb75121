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
    const goals = (await matchesOf(false)).map(({ id, metrics }) => [
      id,
      ...metrics.map(({ key, goals: [goal] }) => `${key} ${goal === undefined ? 'reported' : String(goal.limit)}`),
    ]);
    assert.deepEqual(goals, [
      ['payload/64B', 'kernel reported', 'handler reported'],
      ['payload/1KiB', 'kernel reported', 'handler reported'],
      ['payload/16KiB', 'kernel reported', 'handler reported'],
      ['payload/64KiB', 'kernel 2', 'handler 3'],
      ['payload/256KiB', 'kernel 2', 'handler 3'],
      ['payload/1024KiB', 'kernel 2', 'handler 3'],
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
