import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { feed, type Outcome } from '../../../src/cli/feed.ts';
import type { Line } from '../../../src/cli/line-reader.ts';

async function* numbered(texts: Iterable<string>): AsyncGenerator<Line, void, undefined> {
  let number = 0;
  for (const text of texts) {
    await Promise.resolve();
    yield { number: ++number, text };
  }
}

const COMMON = { concurrency: 4, ordered: false, run: (text: string) => Promise.resolve(text) };

async function collect(texts: Iterable<string>, options: Partial<typeof COMMON>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await feed(numbered(texts), { ...COMMON, ...options, accept: (outcome) => void outcomes.push(outcome) });
  return outcomes;
}

/** Finishes the tasks of each pair in reverse. */
function swapPairs(): (text: string) => Promise<string> {
  let release: (() => void) | undefined;
  return async (text) => {
    if (release === undefined) await new Promise<void>((resolve) => (release = resolve));
    else {
      setImmediate(release);
      release = undefined;
    }
    return text;
  };
}

describe('feed', () => {
  it('does nothing for no lines', async () => {
    assert.deepEqual(await collect([], {}), []);
  });

  it('hands on outcomes as they come, with their lines', async () => {
    const outcomes = await collect(['a', 'b', 'c', 'd'], { concurrency: 2, run: swapPairs() });
    assert.deepEqual(
      outcomes.map(({ line }) => line),
      [2, 1, 4, 3],
    );
  });

  it('keeps the order when asked, failures included', async () => {
    const swap = swapPairs();
    const run = async (text: string): Promise<string> => {
      await swap(text);
      if (text === 'c') throw new Error('no c');
      return text;
    };
    const outcomes = await collect(['a', 'b', 'c', 'd'], { ordered: true, run });
    assert.deepEqual(
      outcomes.map(({ line, ok }) => [line, ok]),
      [
        [1, true],
        [2, true],
        [3, false],
        [4, true],
      ],
    );
  });

  for (const ordered of [false, true]) {
    it(`never has more lines open than its concurrency, ordered: ${String(ordered)}`, async () => {
      let open = 0;
      let most = 0;
      await feed(numbered('x'.repeat(100)), {
        concurrency: 4,
        ordered,
        run: async () => {
          most = Math.max(most, ++open);
          await turn();
        },
        accept: async () => {
          await turn();
          open--;
        },
      });
      assert.equal(most, 4);
      assert.equal(open, 0);
    });
  }

  it('offers one outcome at a time', async () => {
    let accepting = 0;
    await feed(numbered('x'.repeat(20)), {
      ...COMMON,
      accept: async () => {
        assert.equal(++accepting, 1);
        await turn();
        accepting--;
      },
    });
  });

  it('rejects when the lines do, with no outcome lost', async () => {
    async function* broken(): AsyncGenerator<Line, void, undefined> {
      yield* numbered(['a', 'b']);
      throw new Error('no more');
    }
    const outcomes: number[] = [];
    const options = { ...COMMON, run: () => turn(), accept: ({ line }: Outcome) => void outcomes.push(line) };
    await assert.rejects(feed(broken(), options), /no more/);
    assert.deepEqual(outcomes, [1, 2]);
  });
});
