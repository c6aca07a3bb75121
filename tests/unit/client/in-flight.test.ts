import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { META_TIMED, NORMAL } from '../../../src/abi/codes.ts';
import { noCounts } from '../../../src/client/counts.ts';
import { InFlight } from '../../../src/client/in-flight.ts';
import { Pending } from '../../../src/client/pending.ts';
import { taskTable } from '../../../src/client/task-type.ts';
import { Conductor } from '../../../src/virtual/conductor.ts';
import { VirtualEngine } from '../../../src/virtual/virtual-engine.ts';
import { writeTypes } from '../../../src/wasm/engine.ts';
import { createMemory } from '../../../src/wasm/memory.ts';
import { compileEngine } from '../../../src/wasm/module.ts';
import { planMemory } from '../../../src/wasm/sizing.ts';

const CAPACITY = 16;

function ignore(): void {
  // Nobody waits for these tasks.
}

describe('InFlight of an attached thread', () => {
  it('that ends does not ask again what it has asked to stop: it may have for ever', async () => {
    const { module } = await compileEngine(undefined);
    const map = planMemory({
      capacity: CAPACITY,
      workers: 1,
      submitters: 2,
      poolBytes: 1 << 20,
      maximumBytes: 1 << 30,
      starvationInterval: 0,
      retry: 0,
      timing: 'off',
      seed: 1,
    });
    const views = createMemory(map);
    writeTypes(views, []);
    const now = (): number => 1e6;
    const engines = new VirtualEngine({ module, memory: views.memory, kernels: [] }, new Conductor(1), {
      epochNs: 0n,
      now,
    });
    const engine = engines.attach(1, -1);
    const worker = engines.attach(2, 0);
    const asked: number[] = [];
    const watched = {
      ...engine,
      exports: {
        ...engine.exports,
        requestCancel: (index: number, endMs: number) => {
          asked.push(endMs);
          engine.exports.requestCancel(index, endMs);
        },
      },
    };
    const tasks = taskTable([], ['task']);
    const inFlight = new InFlight(
      { engine: watched, tasks, capacity: CAPACITY, payloadLimit: 1 << 10, now },
      noCounts(),
    );
    const [task] = tasks.values();
    assert.ok(task !== undefined);
    const pending = new Pending(task, ignore, ignore);
    pending.killGraceMs = Infinity;
    const index = engine.exports.submit(task.type, NORMAL, META_TIMED, 0, 0, 0, 0);
    inFlight.enter(index, pending);
    assert.equal(worker.exports.work(0, 0), index);
    assert.ok(inFlight.drop(pending));
    assert.deepEqual(asked, [0]); // no end
    inFlight.requestCancel();
    assert.deepEqual(asked, [0]);
  });
});
