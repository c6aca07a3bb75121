import assert from 'node:assert/strict';
import { PAGE_BYTES, PAGE_CURSOR, PAGE_GIVES, PAGE_WORD_BYTES, SUBMITTER_CLAIM } from '../../../src/abi/layout.ts';
import { workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelMemory } from '../memory.ts';
import type { Call, Program } from '../vthread.ts';

/** Bytes of a block whose class cuts a page into two. */
const HALF = PAGE_BYTES / 2;
/** Low bytes of the words of pages that a claim has marked and that are a run's. */
const HELD_KINDS = [0xfe, 0xff];
/** High word of a claim word: 29 bits of sequence, all set. */
const LAST_SEQUENCE = -8;
/** A step of its own: others may run while this thread holds something. */
const LOOK: Call = ['levels'];

/** What threads hold, in half pages: two never hold the same. */
class Holdings {
  readonly #halves = new Set<number>();

  take(address: number, bytes: number): void {
    for (const half of halvesOf(address, bytes)) {
      assert.ok(!this.#halves.has(half), `half page ${String(half / HALF)} has two holders`);
      this.#halves.add(half);
    }
  }

  give(address: number, bytes: number): void {
    for (const half of halvesOf(address, bytes)) this.#halves.delete(half);
  }
}

function halvesOf(address: number, bytes: number): number[] {
  return Array.from({ length: Math.ceil(bytes / HALF) }, (_, n) => address + n * HALF);
}

/** What a life notes and knows. */
interface Thread {
  /** Addresses it was given, 0 for none. */
  readonly got: number[];
  readonly holdings: Holdings;
  readonly ended: (thread: number) => boolean;
}

type Life = (thread: Thread) => Program;

interface Shape {
  readonly poolPages: number;
  readonly lives: readonly Life[];
  /** The first thread may die at any step. */
  readonly mortal?: boolean;
  readonly setUp?: NonNullable<Scenario['setUp']>;
  readonly end?: (got: readonly (readonly number[])[], model: ModelMemory) => void;
  /** What the last thread that ends must be able to have. */
  readonly whole?: Call;
}

/** Threads that take and give; nothing has two holders, and the last one to end finds all of it. */
function scenario({ poolPages, lives, mortal = false, setUp, end, whole }: Shape): Scenario {
  return {
    config: { workers: lives.length, poolPages },
    roles: lives.map((_, worker) => workerRole(worker)),
    ...(mortal ? { mortal: 0 } : {}),
    ...(setUp === undefined ? {} : { setUp }),
    run(model, ended) {
      const holdings = new Holdings();
      const got = lives.map((): number[] => []);
      const last: number[] = [];
      let through = 0;
      function* program(life: Life, thread: Thread): Program {
        yield* life(thread);
        through += 1;
        if (through === lives.length && whole !== undefined) last.push(yield whole);
      }
      return {
        programs: lives.map((life, thread) => program(life, { got: got[thread] ?? [], holdings, ended })),
        end() {
          if (whole !== undefined) assert.ok(last[0] !== undefined && last[0] !== 0, `${whole.join(' ')}: got nothing`);
          end?.(got, model);
        },
      };
    },
  };
}

/** Takes a run, any number of times; keeps the last one or gives each back. */
function runs(pages: number, times: number, keep: boolean): Life {
  return function* ({ got, holdings }) {
    for (let left = times; left > 0; --left) {
      const run = yield ['pagesTake', pages];
      got.push(run);
      if (run === 0) continue;
      holdings.take(run, pages * PAGE_BYTES);
      if (keep && left === 1) return;
      yield LOOK;
      holdings.give(run, pages * PAGE_BYTES);
      yield ['pagesGive', run, pages];
    }
  };
}

/** Takes a block, or a run if it is that large, writes over it, and gives it back with all that it keeps. */
function useOnce(bytes: number): Life {
  return function* ({ got, holdings }) {
    const block = yield ['allocBlock', bytes];
    got.push(block);
    if (block !== 0) {
      holdings.take(block, bytes);
      yield ['blockScribble', block];
      yield LOOK;
      holdings.give(block, bytes);
      yield ['freeBlock', block, bytes];
    }
    yield ['flush'];
  };
}

/** Takes blocks until there are none, and keeps them. */
function takeAll(bytes: number): Life {
  return function* ({ got, holdings }) {
    for (;;) {
      const block = yield ['allocBlock', bytes];
      if (block === 0) return;
      holdings.take(block, bytes);
      got.push(block);
    }
  };
}

/** Uses a block while the first thread lives, then takes all there are. */
function outlive(bytes: number): Life {
  return function* (thread) {
    yield* useOnce(bytes)({ ...thread, got: [] });
    while (!thread.ended(0)) yield ['pause'];
    yield* takeAll(bytes)(thread);
  };
}

function winners(got: readonly (readonly number[])[]): number {
  return got.flat().filter((address) => address !== 0).length;
}

/** All of the pool cut into halves, which lie in the depot, neighbours apart. */
function cutIntoHalves(call: (thread: number, ...call: Call) => number, model: ModelMemory): void {
  const cut = Array.from({ length: 2 * model.poolPages }, () => call(0, 'allocBlock', HALF));
  for (const block of [...cut.filter((_, n) => n % 2 === 0), ...cut.filter((_, n) => n % 2 === 1)]) {
    call(0, 'freeBlock', block, HALF);
  }
  call(0, 'flush');
}

function heldPages(model: ModelMemory): number {
  const kinds = Array.from(
    { length: model.poolPages },
    (_, page) => model.word(model.pageMap + page * PAGE_WORD_BYTES) & 0xff,
  );
  return kinds.filter((kind) => HELD_KINDS.includes(kind)).length;
}

export const crossing = scenario({
  poolPages: 4,
  lives: [runs(3, 1, true), runs(3, 1, true)],
  end(got) {
    assert.equal(winners(got), 1, got.join(' | '));
  },
});

export const turns = (poolPages: number, times: readonly number[]): Scenario =>
  scenario({ poolPages, lives: times.map((count) => runs(2, count, false)), whole: ['pagesTake', poolPages] });

export const twoTurns = turns(3, [2, 2]);

/** One of two pages is open at every moment, though not always the same: a search for one finds it. */
export const moving = scenario({
  poolPages: 2,
  lives: [runs(1, 1, true), runs(1, 2, true)],
  end(got) {
    assert.equal(got.flat().indexOf(0), -1, got.join(' | '));
  },
});

/** A thread that wants one page carries the claim of another to its end, late, while that claims the same pages anew. */
export const lateHelper = scenario({ poolPages: 2, lives: [runs(2, 2, false), runs(1, 1, true)] });

/** The run fails only if the pages for blocks left no two in a row. */
export const runAgainstPages = scenario({
  poolPages: 3,
  lives: [runs(2, 1, true), takeAll(PAGE_BYTES)],
  end([run, pages]) {
    assert.equal(pages?.length, run?.[0] === 0 ? 3 : 1);
  },
});

/** Takes one run after the other and keeps them. */
function collect(...sizes: readonly number[]): Life {
  return function* (thread) {
    for (const pages of sizes) yield* runs(pages, 1, true)(thread);
  };
}

/** A run of all three pages, of which the last is gone before it is marked: it must not stand in the way of the two others. */
export const doomed = (mortal: boolean): Scenario =>
  scenario({
    poolPages: 3,
    mortal,
    setUp(_call, model) {
      model.setWord(PAGE_CURSOR, 2);
    },
    lives: [runs(3, 1, true), collect(1, 2)],
    end([, pages = []]) {
      const [one, two] = pages;
      assert.equal(one === 0, two === 0, `${String(one)} ${String(two)}`);
    },
  });

export const doomedClaim = doomed(false);

/** Wherever the two pages of the dead one lie, two of five are left. */
export const dyingClaimer = scenario({
  poolPages: 5,
  mortal: true,
  lives: [runs(2, 2, false), runs(2, 2, false)],
  end([, survivor]) {
    assert.equal(survivor?.indexOf(0), -1, survivor?.join());
  },
});

export const reclaimers = (first: number, second: number): Scenario =>
  scenario({
    poolPages: 2,
    setUp: cutIntoHalves,
    lives: [useOnce(first), useOnce(second)],
    end(got) {
      assert.ok(winners(got) > 0, 'both found nothing');
    },
    whole: ['allocBlock', 2 * PAGE_BYTES],
  });

export const runAgainstHalf = reclaimers(2 * PAGE_BYTES, HALF);
export const twoRuns = reclaimers(2 * PAGE_BYTES, 2 * PAGE_BYTES);

export const dyingReclaimer = scenario({
  poolPages: 2,
  mortal: true,
  setUp: cutIntoHalves,
  lives: [useOnce(2 * PAGE_BYTES), outlive(HALF)],
  end([, survivor], model) {
    const lost = 2 * heldPages(model) + 1; // its run, a magazine
    assert.ok((survivor?.length ?? 0) >= 4 - lost, `found ${String(survivor?.length)}`);
  },
});

/** The same with counters that are about to wrap: pages given back, the sequences of the claims. */
export function nearWrap(base: Scenario, gives: number): Scenario {
  return {
    ...base,
    setUp(call, model) {
      base.setUp?.(call, model);
      model.setWord(PAGE_GIVES, gives);
      for (let submitter = 0; submitter < model.submitters; ++submitter) {
        model.setWord(model.submitterBlock(submitter) + SUBMITTER_CLAIM + 4, LAST_SEQUENCE);
      }
    },
  };
}
