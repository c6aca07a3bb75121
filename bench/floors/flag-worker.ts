import { parentPort, workerData } from 'node:worker_threads';
import { loadBurn } from './burn.ts';
import { clockNs, DOWN, FLAG, RAISED, READING, SEEN, STOP, type FlagData } from './flag.ts';

const { control, raisedNs, waitsNs, kernels, units } = workerData as FlagData;
const burn = loadBurn(new URL(kernels));
burn(units * 100);

parentPort?.postMessage('ready');
while (Atomics.load(control, STOP) === 0) {
  burn(units);
  if (Atomics.compareExchange(control, FLAG, RAISED, READING) !== RAISED) continue;
  waitsNs[Atomics.add(control, SEEN, 1)] = clockNs() - (raisedNs[0] ?? 0);
  Atomics.store(control, FLAG, DOWN);
}
