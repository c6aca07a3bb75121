import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NodeDistances } from '../../../src/numa/node-distances.ts';
import { NodePlacement } from '../../../src/numa/node-placement.ts';
import { PlacementCounters } from '../../../src/numa/placement-counters.ts';
import { topologyOf } from './machine.ts';

const ANY = -1;
/** Ids 1, 4, 6, 9; the first and the last two are near each other. */
const NODES = [
  { id: 1, distances: [10, 40, 20, 30] },
  { id: 4, distances: [40, 10, 30, 20] },
  { id: 6, distances: [20, 30, 10, 12] },
  { id: 9, distances: [30, 20, 12, 10] },
];

function placementOf(
  ids: readonly number[],
  policy: 'locality' | 'roundRobin' = 'locality',
): { placement: NodePlacement; counters: PlacementCounters } {
  const distances = new NodeDistances(topologyOf(NODES));
  const counters = new PlacementCounters(distances);
  return { placement: new NodePlacement(ids, policy, distances, counters), counters };
}

describe('NodePlacement', () => {
  it('knows its nodes by their own indices, whatever theirs on the machine are', () => {
    const { placement } = placementOf([4, 9]);
    assert.equal(placement.loads.places.length, 4);
    placement.load(0, 3, 2);
    placement.load(1, 0, 5);
    assert.deepEqual([...placement.loads.pending], [0, 3, 0, 0]);
    assert.deepEqual([...placement.loads.places], [0, 2, 0, 5]);
    assert.equal(placement.choose(ANY), 1); // nothing is there
    assert.equal(placement.choose(0), 0);
    assert.equal(placement.choose(1), 1);
  });

  it('never chooses a node of the machine that is not one of its own', () => {
    const subset = fc.subarray([1, 4, 6, 9], { minLength: 1 });
    const loads = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 4 })), { minLength: 4, maxLength: 4 });
    const policies = fc.constantFrom('locality', 'roundRobin');
    const wanted = fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 20 });
    fc.assert(
      fc.property(subset, loads, policies, wanted, (ids, each, policy, preferences) => {
        const { placement } = placementOf(ids, policy);
        ids.forEach((_, index) => {
          placement.load(index, ...(each[index] ?? [0, 0]));
        });
        const takes = ids.map((_, index) => (each[index]?.[1] ?? 0) > 0);
        for (const preference of preferences) {
          const preferred = preference < ids.length ? preference : ANY;
          const chosen = placement.choose(preferred);
          assert.ok(chosen >= 0 && chosen < ids.length);
          if (preferred >= 0 && takes[preferred] === true) assert.equal(chosen, preferred);
          if (takes.includes(true)) assert.equal(takes[chosen], true);
        }
      }),
    );
  });

  it('has the others by distance, ties by id', () => {
    const { placement } = placementOf([1, 4, 6, 9]);
    assert.deepEqual(
      [0, 1, 2, 3].map((index) => placement.nearest(index)),
      [
        [2, 3, 1],
        [3, 2, 0],
        [3, 0, 1],
        [2, 1, 0],
      ],
    );
    assert.deepEqual(placementOf([1, 9]).placement.nearest(0), [1]);
    assert.deepEqual(placementOf([6]).placement.nearest(0), []);
  });

  it('gives a closed node nothing, not even what prefers it', () => {
    const { placement } = placementOf([1, 6]);
    placement.load(0, 0, 4);
    placement.load(1, 0, 4);
    assert.equal(placement.choose(0), 0);
    placement.close(0);
    assert.deepEqual([placement.isOpen(0), placement.isOpen(1), placement.isOpen(2)], [false, true, false]);
    assert.equal(placement.choose(0), 1);
    assert.equal(placement.choose(ANY), 1);
  });

  it('lets tasks wait for the node they prefer while none takes any, for the first open one without a preference', () => {
    const { placement } = placementOf([1, 4, 6]);
    assert.equal(placement.choose(2), 2);
    assert.equal(placement.choose(ANY), 0);
    placement.close(0);
    assert.equal(placement.choose(ANY), 1);
    assert.equal(placement.choose(0), 1);
    placement.close(1);
    placement.close(2);
    assert.equal(placement.choose(ANY), 0); // they are refused by whoever closed the last one
  });

  it('counts by the distance between the nodes of the machine', () => {
    const { placement, counters } = placementOf([4, 6]);
    const counts = (): unknown => {
      const { total, local, cross, weight } = counters.totals();
      return { total, local, cross, weight };
    };
    placement.assigned(0, 10);
    placement.waits(7);
    assert.deepEqual(counts(), { total: 10, local: 3, cross: 0, weight: 3 });
    placement.released(0, 1, 4);
    placement.released(0, 0, 3);
    assert.deepEqual(counts(), { total: 10, local: 6, cross: 4, weight: 6 + (4 * 10) / 30 });
    placement.putBack(0, 1);
    placement.putBack(0, 0);
    assert.deepEqual(counts(), { total: 10, local: 5, cross: 3, weight: 5 + (3 * 10) / 30 });
  });

  it('in turn: every open node as often', () => {
    const { placement } = placementOf([1, 4, 9], 'roundRobin');
    assert.equal(placement.isLate, false);
    for (const index of [0, 1, 2]) placement.load(index, 0, 1);
    const chosen = Array.from({ length: 9 }, () => placement.choose(ANY));
    assert.deepEqual(chosen, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
  });
});
