import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Entries, rejectEntry } from '../../../src/client/entries.ts';
import { Group } from '../../../src/client/group.ts';

const TASK = { name: 'task', type: 0, kernel: false };

function groupOf(size: number): { readonly group: Group; readonly outcome: Promise<unknown> } {
  let group: Group | undefined;
  const outcome = new Promise<unknown>((resolve, reject) => {
    group = new Group(TASK, size, { resolve, reject }, (cancelled) => {
      cancelled();
    });
  });
  assert.ok(group);
  return { group, outcome };
}

describe('groups', () => {
  it('settle with all results in their order, whichever way they come', async () => {
    const { group, outcome } = groupOf(4);
    const entries = new Entries(8);
    entries.setMember(5, group, 2);
    entries.settlerOf(group, 5).resolve('two');
    group.put(3, 3);
    group.member(0).resolve(0);
    group.put(1, 0.5);
    assert.deepEqual(await outcome, [0, 0.5, 'two', 3]);
  });

  it('reject once, however their members are known', async () => {
    const { group, outcome } = groupOf(3);
    const pending = group.member(0);
    rejectEntry(group, new Error('first'));
    rejectEntry(pending, new Error('second'));
    group.put(2, 2);
    await assert.rejects(outcome, { message: 'first' });
  });

  it('single out the members that are known by their position, where they are now', () => {
    const { group } = groupOf(4);
    const { group: other } = groupOf(4);
    const entries = new Entries(8);
    for (const [position, slot] of [6, 0, 3, 4].entries()) entries.setMember(slot, group, position);
    entries.clear(3);
    entries.setMember(3, other, 2); // a slot is another's by now
    entries.clear(6);
    entries.clear(4);
    entries.setMember(6, group, 3); // or its own, with another member
    entries.singleOut(group);
    assert.deepEqual(
      group.pendings.map(({ index }) => index),
      [0, 6],
    );
    assert.deepEqual([entries.at(3), entries.at(4)], [other, undefined]);
    assert.equal(entries.at(6), group.pendings[1]);
    entries.singleOut(group);
    assert.equal(group.pendings.length, 2);
  });

  it('the rest of one waits as one task that counts for all', () => {
    const { group } = groupOf(4);
    assert.equal(group.range(0, 3).size, 3);
  });
});
