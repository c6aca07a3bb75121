import { parentPort, workerData } from 'node:worker_threads';
import { ARRIVED, ASKED, bindSplit, DONE, NEXT, STARTED, type SplitData } from './split.ts';

const { control, results, memory, kernels, split } = workerData as SplitData;
const work = bindSplit(memory, new URL(kernels), split);
const worker = Atomics.add(control, STARTED, 1);

function doPhase(phase: number): number {
  let result = 0;
  for (let part = Atomics.add(control, NEXT, 1); part < split.parts; part = Atomics.add(control, NEXT, 1)) {
    result += work(phase, part);
  }
  return result;
}

/** The last one to arrive lets all go on. */
function meet(done: number): void {
  if (Atomics.add(control, ARRIVED, 1) + 1 < results.length) {
    Atomics.wait(control, DONE, done);
    return;
  }
  Atomics.store(control, ARRIVED, 0);
  Atomics.store(control, NEXT, 0);
  Atomics.store(control, DONE, done + 1);
  Atomics.notify(control, DONE);
}

parentPort?.postMessage('ready');
for (let done = 0; ;) {
  Atomics.wait(control, ASKED, done);
  let result = 0;
  for (let phase = 0; phase < split.phases; phase++, done++) {
    result += doPhase(phase);
    results[worker] = result;
    meet(done);
  }
}
