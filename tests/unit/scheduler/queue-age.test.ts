import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { QueueAge } from '../../../src/scheduler/queue-age.ts';

describe('QueueAge', () => {
  let age: QueueAge;
  beforeEach(() => {
    age = new QueueAge();
  });

  it('a queue that stands still grows older from look to look, whatever comes behind', () => {
    assert.equal(age.look(100, 1, 1, undefined), 0);
    assert.equal(age.look(200, 1, 1, undefined), 100);
    assert.equal(age.look(300, 500, 500, undefined), 200);
    assert.equal(age.look(400, 499, 500, undefined), 0, 'the only one of the first look has left');
    assert.equal(age.look(500, 1, 500, undefined), 100);
    assert.equal(age.look(600, 0, 500, undefined), 0);
  });

  it('so does the oldest task that waits on the host', () => {
    const [first, second] = [{}, {}];
    age.look(0, 0, 0, undefined);
    assert.equal(age.look(100, 8, 8, first), 0);
    assert.equal(age.look(200, 8, 16, first), 100);
    assert.equal(age.look(300, 8, 24, second), 0);
    assert.equal(age.look(400, 8, 32, second), 100);
    assert.equal(age.look(500, 8, 40, undefined), 0);
  });

  it('is quiet when nothing is queued and nothing came', () => {
    const quiet = (queued: number, submitted: number, head?: object): boolean => {
      age.look(0, queued, submitted, head);
      return age.isQuiet;
    };
    assert.ok(quiet(0, 0));
    assert.ok(!quiet(1, 1));
    assert.ok(!quiet(1, 1));
    assert.ok(!quiet(0, 1), 'it has just left');
    assert.ok(quiet(0, 1));
    assert.ok(!quiet(0, 2), 'it came and went');
    assert.ok(quiet(0, 2));
    assert.ok(!quiet(0, 2, {}));
    assert.ok(!quiet(0, 2));
    assert.ok(quiet(0, 2));
  });

  it('property: never older than the oldest, and never younger than a queue that stands still', () => {
    const step = fc.oneof(
      fc.record({ queue: fc.nat(2), push: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ queue: fc.nat(2), take: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ cancel: fc.nat(20) }),
      fc.constant({ look: true }),
    );
    const property = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const tracked = new QueueAge();
      const queues: number[][] = [[], [], []]; // since when each task is queued
      let submitted = 0;
      let lastLookUs = 0;
      let stillSinceUs = Infinity;
      for (const [nowUs, at] of steps.entries()) {
        if ('push' in at) {
          queues[at.queue]?.push(...Array.from({ length: at.push }, () => nowUs));
          submitted += at.push;
        } else if ('take' in at) {
          if ((queues[at.queue]?.splice(0, at.take).length ?? 0) > 0) stillSinceUs = Infinity;
        } else if ('cancel' in at) {
          const queue = queues[at.cancel % 3] ?? [];
          if (queue.splice(at.cancel, 1).length > 0) stillSinceUs = Infinity;
        } else {
          const queued = queues.flat();
          const ageUs = tracked.look(nowUs, queued.length, submitted, undefined);
          const oldestUs = queued.length === 0 ? nowUs : Math.min(...queued);
          assert.ok(ageUs <= nowUs - oldestUs, `${String(ageUs)} at ${String(nowUs)}, oldest ${String(oldestUs)}`);
          if (queued.length === 0) stillSinceUs = Infinity;
          else if (stillSinceUs === Infinity) stillSinceUs = lastLookUs = nowUs;
          // From the first look on at which it stood still.
          else assert.ok(ageUs >= nowUs - Math.max(stillSinceUs, lastLookUs), String(ageUs));
        }
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});
