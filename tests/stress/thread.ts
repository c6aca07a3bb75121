/** A thread of a stress scenario: an instance of the checked engine that calls what it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Call, Reply, ThreadSetup } from './crew.ts';
import { instantiateChecked } from './checked-engine.ts';
import { systemThread } from './spread.ts';

const { module, memory, submitter, worker } = workerData as ThreadSetup;
const call = instantiateChecked(module, memory);
call('attach', [submitter, worker]);

parentPort?.postMessage(systemThread());
parentPort?.on('message', (calls: readonly Call[]) => {
  let result = 0;
  for (const { name, args } of calls) result = call(name, args);
  parentPort?.postMessage({ result } satisfies Reply);
});
