import { parentPort, workerData } from 'node:worker_threads';
import { FINISHED, GENERATION, STOP, type SubmitterData } from './submitters.ts';

const { control, handle, worker, tasks } = workerData as SubmitterData;
const { attach } = (await import(worker)) as typeof import('tallyio/worker');
const engine = attach(handle);

let seen = Atomics.load(control, GENERATION);
parentPort?.postMessage('ready');
for (;;) {
  Atomics.wait(control, GENERATION, seen);
  seen = Atomics.load(control, GENERATION);
  if (Atomics.load(control, STOP) === 1) break;
  await Promise.all(Array.from({ length: tasks }, (_, index) => engine.run('double', index)));
  Atomics.add(control, FINISHED, 1);
  Atomics.notify(control, FINISHED);
}
await engine.detach();
