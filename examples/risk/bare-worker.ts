/** The thread of a bare rival: the same kernel as the engine runs, a shared counter, one flag, and nothing else. */
import { workerData } from 'node:worker_threads';
import {
  ACTIVE,
  DONE,
  FLOOD,
  NEXT,
  RAISED,
  ROUND,
  SEEN,
  viewBareMemory,
  type BareWorkerData,
} from './bare-protocol.ts';

const { index, shape, memory, module } = workerData as BareWorkerData;
const { control, raisedAt, waits, inputAt, resultAt } = viewBareMemory(memory, shape);
const { priceAt } = new WebAssembly.Instance(module, { ...engineImports(module), env: { memory } }).exports as {
  readonly priceAt: (input: number, output: number) => void;
};
const result = resultAt(index);

let round = 0;
for (;;) {
  Atomics.wait(control, ROUND, round);
  round = Atomics.load(control, ROUND);
  if (index < Atomics.load(control, ACTIVE)) {
    if (Atomics.load(control, FLOOD) === 1) flood();
    else shareOut();
  }
  Atomics.add(control, DONE, 1);
  Atomics.notify(control, DONE);
}

/** The engine is in the module too and wants its imports, which nothing calls here. */
function engineImports(of: WebAssembly.Module): WebAssembly.Imports {
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(of)) {
    if (kind === 'function') imports[from] = { ...imports[from], [name]: () => 0 };
  }
  return imports;
}

/** Takes tasks from the shared counter until none is left. */
function shareOut(): void {
  for (;;) {
    const task = Atomics.add(control, NEXT, 1);
    if (task >= shape.tasks) return;
    priceAt(inputAt(task), result);
  }
}

/** Runs one task after another and looks at the flag in between, until all events have been seen. */
function flood(): void {
  for (let task = index; Atomics.load(control, SEEN) < shape.events; task = (task + 1) % shape.tasks) {
    priceAt(inputAt(task), result);
    let seen = Atomics.load(control, SEEN);
    while (seen < Atomics.load(control, RAISED)) {
      const before = Atomics.compareExchange(control, SEEN, seen, seen + 1);
      if (before === seen) waits[seen] = process.hrtime.bigint() - (raisedAt[seen] ?? 0n);
      seen = Atomics.load(control, SEEN);
    }
  }
}
