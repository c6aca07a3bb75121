import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DONE, LOST_RACE, META_TIMED, NORMAL } from '../../../src/abi/codes.ts';
import { Conductor } from '../../../src/virtual/conductor.ts';
import { VirtualEngine } from '../../../src/virtual/virtual-engine.ts';
import type { EngineInstance } from '../../../src/wasm/engine.ts';
import { writeTypes } from '../../../src/wasm/engine.ts';
import { createMemory } from '../../../src/wasm/memory.ts';
import { compileEngine } from '../../../src/wasm/module.ts';
import { planMemory } from '../../../src/wasm/sizing.ts';

const HANDLER = 0;

interface Engines {
  readonly engines: VirtualEngine;
  readonly host: EngineInstance;
  readonly worker: EngineInstance;
  /** Sets the real clock. */
  readonly setUs: (us: number) => void;
}

/** A host and a worker; real time stands where the test puts it. */
async function arrange(): Promise<Engines> {
  const { module } = await compileEngine(undefined);
  const map = planMemory({
    capacity: 16,
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
  let nowUs = 0;
  const clock = { epochNs: 0n, now: () => nowUs };
  const engines = new VirtualEngine({ module, memory: views.memory, kernels: [] }, new Conductor(1), clock);
  const setUs = (us: number): void => {
    nowUs = us;
  };
  return { engines, host: engines.attach(0, -1), worker: engines.attach(1, 0), setUs };
}

function submit(engine: EngineInstance): number {
  return engine.exports.submit(HANDLER, NORMAL, META_TIMED, 0, 0, 0, 0);
}

describe('VirtualEngine', () => {
  it('tells in real time when a task started', async () => {
    const { host, worker, setUs } = await arrange();
    const slot = submit(host);
    setUs(1000);
    assert.equal(host.exports.startedAt(slot), -1); // it is queued
    assert.equal(worker.exports.work(0, 0), slot);
    setUs(5000);
    assert.equal(host.exports.startedAt(slot), 1000);
    worker.exports.finish(slot, DONE, 0, 0, 0, 0);
    assert.equal(host.exports.startedAt(slot), 5000); // ended, not taken out yet: as if it began now
  });

  it('drops what handlers return once they are abandoned, and keeps nothing of it', async () => {
    const { engines, host, worker } = await arrange();
    const slot = submit(host);
    worker.exports.work(0, 0);
    const block = worker.exports.allocBlock(100) >>> 0;
    engines.abandon();
    assert.equal(worker.exports.finish(slot, DONE, 0, 0, block, 100), LOST_RACE);
    assert.equal(host.exports.drain(16), 0);
    assert.equal(worker.exports.allocBlock(100) >>> 0, block);
  });
});
