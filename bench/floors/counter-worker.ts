import { parentPort, workerData } from 'node:worker_threads';
import { loadBurn } from './burn.ts';
import { FINISHED, GENERATION, NEXT, type CounterData } from './counter.ts';

const { control, units, kernels } = workerData as CounterData;
const burn = loadBurn(new URL(kernels));
for (let warm = 0; warm < 2_000; warm++) burn(100);

let seen = Atomics.load(control, GENERATION);
parentPort?.postMessage('ready');
for (;;) {
  Atomics.wait(control, GENERATION, seen);
  seen = Atomics.load(control, GENERATION);
  for (let piece = Atomics.add(control, NEXT, 1); piece < units.length; piece = Atomics.add(control, NEXT, 1)) {
    burn(units[piece] ?? 0);
  }
  Atomics.add(control, FINISHED, 1);
  Atomics.notify(control, FINISHED);
}
