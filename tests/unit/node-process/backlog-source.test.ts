import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUCKETS } from '../../../src/abi/layout.ts';
import { noCounts } from '../../../src/client/counts.ts';
import { Pending } from '../../../src/client/pending.ts';
import { type Waiting, type WaitRecorder, WaitingQueues } from '../../../src/client/waiting.ts';
import { BacklogSource } from '../../../src/node-process/backlog-source.ts';
import { bucketOf } from '../../../src/scheduler/histogram.ts';

const LOW = 3;

describe('BacklogSource', () => {
  it('records how long tasks wait on the host until they are released; those that need not wait count as 0', () => {
    let nowUs = 0;
    let released = 0;
    const backlog = new WaitingQueues();
    const source = new BacklogSource({
      counts: noCounts(),
      pendingCount: 1,
      now: () => nowUs,
      set recorder(recorder: WaitRecorder) {
        backlog.recorder = recorder;
      },
      oldestAt: (priority) => backlog.peekAt(priority),
      releasedAt: (priority) => (priority === LOW ? released : 0),
    });
    const job = (size = 1): Waiting => {
      const pending = Pending.settled({ name: 'task', type: 0, kernel: false });
      pending.size = size;
      return { pending, priority: LOW, tag: 0, number: 0, bytes: new Uint8Array(0), worker: -1 };
    };
    const [single, many] = [job(), job(5)];
    backlog.push(single);
    nowUs = 100;
    backlog.push(many);
    assert.equal(source.headAt(LOW), single);
    nowUs = 1000;
    backlog.shift(single);
    backlog.take(many, 2);
    nowUs = 3000;
    backlog.take(many, 3);
    released = 1 + 5 + 40;
    const waits = new Uint32Array(BUCKETS);
    source.addWaits(LOW, waits);
    const expected = new Uint32Array(BUCKETS);
    for (const [us, count] of [
      [0, 40],
      [1000, 1],
      [900, 2],
      [2900, 3],
    ] as const) {
      expected[bucketOf(us * 1000)] = (expected[bucketOf(us * 1000)] ?? 0) + count;
    }
    assert.deepEqual(waits, expected);
    assert.equal(source.headAt(LOW), undefined);
    assert.equal(source.submittedAt(LOW), 46);
    const others = new Uint32Array(BUCKETS);
    source.addWaits(0, others);
    assert.ok(others.every((count) => count === 0));
  });
});
