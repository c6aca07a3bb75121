import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SharedBuffer } from '../../src/index.ts';
import type { TestEngine } from '../support/engines.ts';
import { FREED, type KernelTasks, nothingInUse, withKernels } from '../support/shared-memory.ts';

const RUNS = 60;

type Step =
  | { readonly does: 'allocate'; readonly bytes: number }
  | { readonly does: 'free' | 'dispose' | 'run' | 'part' | 'settle'; readonly at: number };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    does: fc.constant('allocate' as const),
    bytes: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 60_000, max: 200_000 })),
  }),
  fc.record({
    does: fc.constantFrom('free' as const, 'dispose' as const, 'run' as const, 'part' as const, 'settle' as const),
    at: fc.nat(20),
  }),
);

interface Known {
  readonly buffer: SharedBuffer;
  readonly bytes: Uint8Array;
  /** What each byte must be. */
  readonly expected: number[];
  running: Promise<unknown>[];
  freed: boolean;
}

/** Buffers as they must be, beside those of an engine. */
class Model {
  readonly all: Known[] = [];
  readonly #engine: TestEngine<KernelTasks>;

  constructor(engine: TestEngine<KernelTasks>) {
    this.#engine = engine;
  }

  async step(step: Step): Promise<void> {
    if (step.does === 'allocate') {
      const buffer = this.#engine.allocate(step.bytes);
      const { bytes } = buffer;
      this.all.push({ buffer, bytes, expected: new Array<number>(step.bytes).fill(0), running: [], freed: false });
      return;
    }
    const known = this.all[step.at % Math.max(1, this.all.length)];
    if (known === undefined) return;
    if (step.does === 'run') await this.#run(known, 0, known.expected.length);
    else if (step.does === 'part') await this.#run(known, step.at, known.expected.length - step.at);
    else if (step.does === 'settle') await this.settle(known);
    else if (step.does === 'dispose') this.#dispose(known);
    else this.#free(known);
  }

  async #run(known: Known, begin: number, end: number): Promise<void> {
    const { buffer, expected } = known;
    if (known.freed) {
      await assert.rejects(this.#engine.run('increment', buffer), FREED);
      assert.throws(() => buffer.subarray(begin, end), FREED);
      return;
    }
    const part = buffer.subarray(begin, Math.max(begin, end));
    known.running.push(this.#engine.run('increment', part));
    for (let at = begin; at < end; ++at) expected[at] = ((expected[at] ?? 0) + 1) % 256;
    assert.equal(buffer.tasks >= 1, true);
  }

  #free(known: Known): void {
    if (known.freed) {
      assert.throws(() => {
        known.buffer.free();
      }, FREED);
      return;
    }
    known.buffer.free();
    known.freed = true;
  }

  #dispose(known: Known): void {
    known.buffer[Symbol.dispose]();
    known.freed = true;
  }

  async settle(known: Known): Promise<void> {
    await Promise.all(known.running);
    known.running = [];
    assert.equal(known.buffer.tasks, 0);
    if (known.freed) assert.throws(() => known.buffer.bytes, FREED);
    else assert.ok(known.bytes.every((byte, at) => byte === known.expected[at]));
  }
}

describe('any sequence of allocations, tasks and frees', () => {
  it('agrees with a model, and nothing is left at its end', async () => {
    await withKernels({ workers: 2, memory: { poolBytes: 64 << 20 } }, async (engine) => {
      const property = fc.asyncProperty(fc.array(STEP, { maxLength: 40 }), async (steps) => {
        const model = new Model(engine);
        for (const step of steps) await model.step(step);
        for (const known of model.all) await model.settle(known);
        const held = model.all.filter(({ freed, expected }) => !freed && expected.length > 0);
        assert.equal(engine.stats().poolBytesUsed > 0, held.length > 0);
        for (const { buffer, freed } of model.all) if (!freed) buffer.free();
        assert.equal(engine.stats().poolBytesUsed, 0);
      });
      await fc.assert(property, { numRuns: RUNS });
      await nothingInUse(engine);
    });
  });
});
