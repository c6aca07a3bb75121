import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { cannotPin } from '../../src/affinity/tools.ts';
import { detectTopology } from '../../src/topology/detect.ts';
import { formatCpuList } from '../../src/topology/cpulist.ts';
import type { AssignedThread } from '../support/assigned-thread.ts';
import { threadMask } from '../support/tasks.ts';
import { twoCpus } from '../support/two-nodes.ts';
import { within } from '../support/until.ts';

const CPUS = twoCpus();
const SKIP = CPUS === undefined ? 'needs two CPUs' : (cannotPin() ?? false);

describe('assignCurrentThread on this machine', { skip: SKIP }, () => {
  it('gives a worker thread the CPUs of a node, says what the kernel says, and leaves other threads alone', async (t) => {
    const mine = threadMask();
    const [, cpu = 0] = CPUS ?? [];
    const worker = new Worker(new URL('../support/assigned-thread.js', import.meta.url), { workerData: cpu });
    const [told] = (await within(once(worker, 'message'), 'the thread to tell')) as [AssignedThread];
    if (!told.pinned) {
      t.skip('pinning is not permitted');
      return;
    }
    const { before, assignment, after } = told;
    assert.equal(before, String(cpu));
    const { isolatedCpus, nodes } = detectTopology();
    const node = nodes.find(({ id }) => id === assignment.node) ?? assert.fail();
    const usable = node.usableCpus.filter((each) => !isolatedCpus.includes(each));
    assert.deepEqual([assignment.pinned, assignment.reason], [true, undefined]);
    assert.deepEqual(assignment.cpus, usable);
    assert.equal(after, formatCpuList(usable));
    assert.equal(threadMask(), mine);
  });
});
