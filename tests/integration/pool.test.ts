import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AttachedThread } from '../support/attached-thread.ts';
import { KERNELS, type TestEngine, withEngine } from '../support/engines.ts';
import { within } from '../support/until.ts';

const PAGE = 65_536;
const POOL = 16 * PAGE;
const ROUNDS = 8;
const SMALL = 1000;
const EXHAUSTED = { code: 'ERR_RESOURCE_EXHAUSTED', resource: 'pool', unit: 'bytes' };

/** Small payloads of several classes, in and out: with what threads keep they fit into the pool at once. */
async function manySmall(engine: TestEngine, round: number): Promise<void> {
  const texts = Array.from({ length: SMALL }, (_, n) => 'x'.repeat(1 + ((n * 7 + round * 31) % 150)));
  assert.deepEqual(await within(Promise.all(texts.map((text) => engine.run('echo', text))), 'small payloads'), texts);
}

describe('pages of the pool come back', () => {
  it('many small payloads and one as large as the pool, in turns', async () => {
    await withEngine({ workers: 2, memory: { poolBytes: POOL } }, async (engine) => {
      for (let round = 0; round < ROUNDS; ++round) {
        await manySmall(engine, round);
        assert.equal(await within(engine.run('size', new Uint8Array(POOL)), 'the large one'), POOL);
      }
      assert.equal(engine.stats().poolBytesUsed, 0);
    });
  });

  it('small and large ones at once', async () => {
    await withEngine({ workers: 2, memory: { poolBytes: POOL } }, async (engine) => {
      for (let round = 0; round < ROUNDS; ++round) {
        const large = Array.from({ length: 6 }, (_, n) => engine.run('size', new Uint8Array((n + 1) * 2 * PAGE)));
        const small = Array.from({ length: SMALL }, (_, n) => engine.run('size', new Uint8Array((n * 37) % 5000)));
        const sizes = await within(Promise.all([...large, ...small]), 'all of them');
        assert.deepEqual(sizes.slice(0, 7), [2, 4, 6, 8, 10, 12].map((pages) => pages * PAGE).concat(0));
      }
    });
  });

  it('the only page: a result of one byte, then an input of the whole page', async () => {
    await withEngine({ memory: { poolBytes: PAGE } }, async (engine) => {
      for (let round = 0; round < 5 * ROUNDS; ++round) {
        assert.equal(await engine.run('echo', 'x'), 'x');
        assert.equal(await within(engine.run('size', new Uint8Array(PAGE)), 'the large one'), PAGE);
      }
    });
  });

  it('with workers that have no event loop', async () => {
    await withEngine<Record<'sumBytes', (input: Uint8Array) => number>>(
      { kernels: KERNELS, workers: 2, memory: { poolBytes: POOL } },
      async (engine) => {
        for (let round = 0; round < ROUNDS; ++round) {
          const small = Array.from({ length: SMALL }, (_, n) => new Uint8Array(1 + (n % 300)).fill(1));
          const sums = small.map((bytes) => engine.run('sumBytes', bytes));
          assert.deepEqual(
            await within(Promise.all(sums), 'small payloads'),
            small.map((bytes) => bytes.length),
          );
          const large = engine.run('sumBytes', new Uint8Array(POOL).fill(1));
          assert.equal(await within(large, 'the large one'), POOL);
        }
      },
    );
  });

  it('an idle worker gives its blocks back while another is busy', async () => {
    await withEngine({ workers: 2, memory: { poolBytes: POOL } }, async (engine, board) => {
      const busy = engine.run('block', 0);
      await board.arrived(0);
      for (let round = 0; round < ROUNDS; ++round) {
        await manySmall(engine, round);
        assert.equal(await within(engine.run('size', new Uint8Array(POOL)), 'the large one'), POOL);
      }
      board.open(0);
      assert.equal(await busy, 0);
    });
  });

  it('a worker whose places are all taken gives its blocks back', async () => {
    await withEngine({ workers: 2, concurrency: 2, memory: { poolBytes: POOL } }, async (engine, board) => {
      const first = [0, 0].map((gate) => engine.run('pause', gate));
      await board.arrived(0, 2);
      for (let round = 0; round < ROUNDS; ++round) {
        await manySmall(engine, round);
        assert.equal(await within(engine.run('size', new Uint8Array(POOL)), 'the large one'), POOL);
      }
      board.open(0);
      assert.deepEqual(await Promise.all(first), [0, 0]);
    });
  });
});

describe('a pool without room', () => {
  it('is an error when nothing of this thread runs; drain and close still end', async () => {
    await withEngine({ memory: { poolBytes: PAGE } }, async (engine, board) => {
      const thread = await AttachedThread.start(engine.attach());
      try {
        const held = thread.ask('run', 'relay', { task: 'pause', input: 0, ballast: new Uint8Array(40_000) });
        await board.arrived(0);
        await assert.rejects(within(engine.run('size', new Uint8Array(PAGE)), 'the large one'), EXHAUSTED);
        board.open(0);
        assert.equal(await within(held, 'the one that held the pool'), 0);
        assert.equal(await within(engine.run('size', new Uint8Array(PAGE)), 'the next one'), PAGE);
        await within(engine.drain(), 'drain()');
        const { submitted, completed, failed } = engine.stats();
        assert.deepEqual({ submitted, completed, failed }, { submitted: 2, completed: 1, failed: 1 });
        await within(engine.close(), 'close()');
      } finally {
        await thread.end();
      }
    });
  });
});
