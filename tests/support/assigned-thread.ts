/** A worker thread that pins itself to one CPU, then has itself assigned to a node, and tells what it may run on after each. */
import { parentPort, workerData } from 'node:worker_threads';
import { pinCurrentThread } from '../../src/affinity/pin-thread.ts';
import { NumaScheduler } from '../../src/index.ts';
import type { Assignment } from '../../src/index.ts';
import { threadMask } from './tasks.ts';

/** What it tells. */
export interface AssignedThread {
  readonly pinned: boolean;
  readonly before: string;
  readonly assignment: Assignment;
  readonly after: string;
}

const cpu: unknown = workerData;
const { pinned } = pinCurrentThread([Number(cpu)]);
const before = threadMask();
const numa = NumaScheduler.create({ monitoring: false });
const assignment = numa.assignCurrentThread();
parentPort?.postMessage({ pinned, before, assignment, after: threadMask() } satisfies AssignedThread);
