/** A worker thread that pins itself to the CPUs in `workerData`, and answers with what it and the main thread may use then. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** The exit code of taskset, and CPUs that are allowed, as lists of the kernel. */
export interface Masks {
  readonly status: number | null;
  readonly own: string;
  readonly main: string;
}

const cpus = String(workerData);
const { status } = spawnSync('taskset', ['-pc', cpus, field('thread-self', 'Pid')]);
const masks: Masks = {
  status,
  own: field('thread-self', 'Cpus_allowed_list'),
  main: field('self', 'Cpus_allowed_list'),
};
parentPort?.postMessage(masks);

function field(who: 'self' | 'thread-self', name: string): string {
  const text = readFileSync(`/proc/${who}/status`, 'latin1');
  return new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(text)?.[1] ?? '';
}
