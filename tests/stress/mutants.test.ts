import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { compileMutant, type Edit } from '../model/module.ts';
import { Random } from '../support/random.ts';
import { Crew, type CrewOptions } from './crew.ts';
import { record, recorderBytes } from './history/recorder.ts';
import { scenarios } from './history/scenarios.ts';
import { raceParking } from './parking.ts';
import { BUDGET_MS, FIRST_SEED } from './rounds.ts';

/** Chance decides when: so it is tried in the long run only, and for as long as it may take. */
const LONG = BUDGET_MS >= 10_000;
const WITHIN_MS = 180_000;
/** Kernels of a round, a multiple of four. */
const FORKS = 20_000;
const ENTRIES = [
  'assembly/probe.ts',
  'assembly/stress.ts',
  'assembly/stress/fork.ts',
  'assembly/stress/history.ts',
  'assembly/stress/parking.ts',
];

/** Repeats until `breaks` says how the mutant was caught. */
async function hunt(
  test: TestContext,
  edit: Edit,
  options: CrewOptions,
  breaks: (crew: Crew, seed: number) => Promise<string | undefined>,
): Promise<void> {
  const module = new WebAssembly.Module(await compileMutant([edit], 'checked', ENTRIES));
  const crew = new Crew({ ...options, module });
  const end = performance.now() + WITHIN_MS;
  try {
    for (let seed = FIRST_SEED; performance.now() < end; ++seed) {
      const how = await breaks(crew, seed).catch(trapped);
      if (how === undefined) continue;
      test.diagnostic(`seed ${String(seed)}, after ${String(seed - FIRST_SEED + 1)} tries: ${how.slice(0, 300)}`);
      return;
    }
    assert.fail(`the mutant was not caught within ${String(WITHIN_MS)} ms`);
  } finally {
    await crew.close();
  }
}

// Memory that a mutant has broken may end in a trap before the histories are read.
function trapped(error: unknown): string {
  if (error instanceof Error && error.name === 'RuntimeError') return String(error);
  throw error;
}

describe('mutants of the engine are caught on real threads', { skip: LONG ? false : 'in npm run test:stress' }, () => {
  const histories: readonly (readonly [what: string, scenario: string, Edit])[] = [
    [
      'a taker that reads the entry after its CAS',
      'submission queue, 2 takers',
      {
        file: 'assembly/queue/ring.ts',
        find: '  holdEntry(entry);\n  return entry;',
        put: '  return loadRacy32(entryAt(ring, mask, top));',
      },
    ],
    [
      'a run queue whose owner takes without CAS',
      'run queue, 1 thieves',
      {
        file: 'assembly/queue/ring.ts',
        find: '  if (!cas64(ring + QUEUE_TOP, top, top + 1)) return LOST_RACE;',
        put: '  store64(ring + QUEUE_TOP, top + 1);',
      },
    ],
    [
      'an inbox that is emptied by load and store',
      'inbox, 2 workers',
      {
        file: 'assembly/worker/inbox.ts',
        find: 'let newest = exchange32(submitterBlock + SUBMITTER_INBOX, 0);',
        put: 'let newest = load32(submitterBlock + SUBMITTER_INBOX);\n  store32(submitterBlock + SUBMITTER_INBOX, 0);',
      },
    ],
    [
      'a depot without tags',
      'depot, three threads',
      {
        file: 'assembly/memory/depot.ts',
        find: '((head & ~ADDRESS_MASK) + ONE_TAG) | address',
        put: '((head & ~ADDRESS_MASK) + (ONE_TAG & 0)) | address',
      },
    ],
    [
      'a claim that does not compare',
      'state words, two workers and a canceller',
      {
        file: 'assembly/memory/slab.ts',
        find: '  return cas64(slot + SLOT_STATE, state, running(state, worker));',
        put: '  return cas64(slot + SLOT_STATE, load64(slot + SLOT_STATE), running(state, worker));',
      },
    ],
  ];
  for (const [what, name, edit] of histories) {
    it(what, async (test) => {
      const scenario = scenarios.find((each) => each.name === name);
      assert.ok(scenario !== undefined, name);
      const { threads, entries } = scenario;
      const options = { threads, entries, spareBytes: recorderBytes(threads) };
      await hunt(test, edit, options, async (crew, seed) => {
        const random = new Random(seed);
        const plan = Array.from({ length: 100 }, () => scenario.round(random, 60));
        const refuted = (await record(crew, seed, plan)).map(
          (history) => scenario.breaches(history)[0] ?? scenario.refute(history),
        );
        const first = refuted.find((each) => each !== undefined);
        return typeof first === 'object' ? `not linearizable, ${String(first.reached.length)} operations fit` : first;
      });
    });
  }

  const forks: readonly (readonly [what: string, Edit])[] = [
    [
      'an owner that takes frames back without CAS',
      {
        file: 'assembly/worker/frame-stack.ts',
        find: '    if (!cas32(word, share, shareWord(tail, end))) continue;\n    setPrivate(frameAt(end));\n    return true;',
        put: '    store32(word, shareWord(tail, end));\n    setPrivate(frameAt(end));\n    return true;',
      },
    ],
    [
      'a thief that takes frames without CAS',
      {
        file: 'assembly/queue/share.ts',
        find: '  if (!cas32(address, share, share + 1)) return LOST_RACE;',
        put: '  storeOwned32(address, share + 1);',
      },
    ],
  ];
  for (const [what, edit] of forks) {
    it(what, (test) =>
      hunt(test, edit, { threads: 3 }, async (crew, seed) => {
        crew.reset(FORKS);
        const thief = [{ name: 'stressStealFrames', args: [] }];
        try {
          await crew.run([[{ name: 'stressFork', args: [FORKS] }], thief, thief], seed);
        } catch (error) {
          return String(error); // who waits for a frame that nobody has waits for ever
        }
        return crew.violations === 0 ? undefined : `${String(crew.violations)} kernels ran twice, or never`;
      }),
    );
  }

  it('a worker that scans the queues before it enters the roster', (test) =>
    hunt(
      test,
      {
        file: 'assembly/worker/idle.ts',
        find: `  enterIdle(worker); // S1: idle, no searcher any more
  searching = false;`,
        put: `  const early = hasWork();
  enterIdle(worker);
  searching = false;
  if (!early) {
    parkedAt = now();
    if (!cas32(workerBlock + WORKER_PARK, PARK_EMPTY, PARK_PARKED)) return resume();
    countOne(WORKER_PARKS);
    return 0;
  }`,
      },
      { threads: 2 },
      async (crew, seed) => {
        try {
          await raceParking(crew, seed, 100_000, 2_000);
          return undefined;
        } catch (error) {
          return String(error);
        }
      },
    ));
});
