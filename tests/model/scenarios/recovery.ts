import assert from 'node:assert/strict';
import * as codes from '../../../src/abi/codes.ts';
import * as layout from '../../../src/abi/layout.ts';
import { host, workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelConfig, ModelMemory } from '../memory.ts';
import type { Call, Program } from '../vthread.ts';
import { nothingIsLeft } from './left.ts';

const KERNEL = 0;
const HANDLER = 1;
const MORTAL = 1;
const SUCCESSOR = 2;
const HALF_PAGE = layout.PAGE_BYTES / 2;
/** Of a page. Two make a magazine. */
const EIGHTH = layout.PAGE_BYTES / 8;

/** What all threads of a run know: whether the mortal one has been recovered, and how each task ended. */
class Story {
  recovered = false;
  over = false;
  readonly ended: (readonly [index: number, tag: number])[] = [];
  readonly runs: number[] = [];
  cancelled = 0;
  condemned = false;
  /** Tasks that recoveries counted as lost. */
  failed = 0;
  /** Whether the mortal thread is dead, or through. */
  readonly gone: () => boolean;

  constructor(gone: () => boolean) {
    this.gone = gone;
  }

  get lost(): number {
    return this.ended.filter(([, tag]) => tag === codes.TAG_WORKER_LOST).length;
  }
}

// An entry keeps a worker awake that it does not find: who published it died before the announcement, and is not recovered yet.
function isStuck(model: ModelMemory, index: number): boolean {
  const attention = model.workerBlock(index) + layout.WORKER_ATTENTION;
  return model.word(layout.LEVEL_WORD) === 0 && model.word(attention) === 0 && model.queuedEntries().length > 0;
}

/** What a handler does. */
interface Handler {
  /** Others may act while it runs. */
  readonly slow?: boolean;
  /** It ends with half a page. */
  readonly bytes?: boolean;
}

function* finish(index: number, bytes: boolean): Generator<Call, number, number> {
  const block = bytes ? yield ['allocBlock', HALF_PAGE] : 0;
  if (block === 0) return yield ['finish', index, codes.DONE, codes.TAG_NUMBER, 7, 0, 0];
  return yield ['finish', index, codes.DONE, codes.TAG_KERNEL_BYTES, 0, block, HALF_PAGE];
}

/** A worker of handlers. */
function* serve(story: Story, model: ModelMemory, index = 0, { slow = false, bytes = false }: Handler = {}): Program {
  for (;;) {
    const code = yield ['work', 1000, 0];
    if (code >= 0) {
      story.runs.push(code);
      if (slow) yield ['pause'];
      if ((yield* finish(code, bytes)) !== 0) return;
      continue;
    }
    if (code === codes.STOP || code === codes.DOOMED) return;
    if (code !== codes.IDLE || (yield ['spin']) !== 0) continue;
    while (isStuck(model, index)) yield ['await'];
    yield ['park'];
  }
}

/** A worker of kernels, which takes several at once; they are not run. */
function* serveKernels(story: Story, model: ModelMemory): Program {
  while (!story.over) {
    const entry = yield ['findTask'];
    if (entry >= 0) {
      yield ['searchEnd'];
      if ((yield ['claimTask', entry]) === 0) continue;
      story.runs.push(entry);
      yield ['finish', entry, codes.DONE, codes.TAG_NUMBER, 7, 0, 0];
    } else if (entry === codes.EMPTY && (yield ['spin']) === 0) {
      while (isStuck(model, 0)) yield ['await'];
      yield ['park'];
    }
  }
}

/** The worker in the place of the mortal one. */
function* succeed(story: Story, life: Program): Program {
  while (!story.recovered) {
    if (story.over) return;
    yield ['await'];
  }
  yield* life;
}

function* script(calls: readonly Call[]): Program {
  for (const call of calls) yield call;
}

/** Submits, takes completions, recovers the mortal worker when that is gone, and ends the others when all is done. */
function* submitter(story: Story, model: ModelMemory, { calls, tasks, kills = false }: Shape): Program {
  for (const call of calls) {
    if ((yield call) === 1 && call[0] === 'cancel') story.cancelled += 1;
  }
  if (kills) yield* condemnFirst(story, model);
  const inbox = model.submitterBlock(0) + layout.SUBMITTER_INBOX;
  const records = model.submitterBlock(0) + layout.SUBMITTER_RECORDS;
  const isDone = (): boolean => story.ended.length + story.cancelled === tasks && model.queuedEntries().length === 0;
  while (!isDone()) {
    const drained = yield ['drain', 4];
    for (let n = 0; n < drained; ++n) {
      const tag = model.record(0, n, layout.RECORD_META) & 0xff;
      story.ended.push([model.record(0, n, layout.RECORD_INDEX), tag]);
      if (model.record(0, n, layout.RECORD_LENGTH) === 0) continue;
      assert.notEqual(tag, codes.TAG_WORKER_LOST, 'a lost task has bytes');
      yield ['freeRecord', records + n * layout.RECORD_BYTES];
    }
    if (!story.recovered && story.gone()) {
      story.failed += yield ['recoverWorker', 0];
      story.recovered = true;
    } else if (drained === 0) {
      // As the bell: until something comes, or there is somebody to recover.
      while (model.word(inbox) === 0 && (story.recovered || !story.gone()) && !isDone()) yield ['await'];
    }
  }
  story.over = true;
  yield ['alert', 0, codes.ATTENTION_STOP];
  while (!story.gone()) yield ['await'];
  if (!story.recovered) yield ['recoverWorker', 0];
}

// Takes the first task from its worker when that has claimed it.
function* condemnFirst(story: Story, model: ModelMemory): Program {
  const state = model.slot(0) + layout.SLOT_STATE;
  while ((model.word(state) & 0xff) === codes.QUEUED && !story.gone()) yield ['await'];
  story.condemned = (yield ['condemn', 0]) >= 0;
}

interface Shape {
  readonly calls: readonly Call[];
  readonly tasks: number;
  readonly config?: ModelConfig;
  /** How many tasks may be lost. */
  readonly losses?: number;
  /** The first task is taken from its worker while it runs. */
  readonly kills?: boolean;
  /** Kernels, of which a worker takes several at once. */
  readonly kernels?: boolean;
  /** So many of the tasks are queued before the rest, with half a page as their input. */
  readonly payloads?: number;
  /** Each task ends with half a page. */
  readonly bytes?: boolean;
}

/** The host's tasks: each is settled once, as done or as lost; nothing is left of the dead worker. */
function lostWorker(shape: Shape): Scenario {
  const { tasks, config = {}, losses = 1, kills: slow = false, kernels = false, payloads = 0, bytes = false } = shape;
  return {
    config: { workers: 1, capacity: 4, ...config },
    roles: [host, workerRole(0), workerRole(0)],
    mortal: MORTAL,
    setUp(call) {
      for (let n = 0; n < payloads; ++n) {
        const block = call(0, 'allocBlock', HALF_PAGE);
        call(0, 'submit', HANDLER, codes.NORMAL, 0, codes.TAG_KERNEL_BYTES, 0, block, HALF_PAGE);
      }
    },
    run(model, ended) {
      const story = new Story(() => ended(MORTAL));
      const life = (): Program => (kernels ? serveKernels(story, model) : serve(story, model, 0, { slow, bytes }));
      return {
        programs: [submitter(story, model, shape), life(), succeed(story, life())],
        end(asleep) {
          const seen = JSON.stringify(story.ended);
          assert.equal(story.ended.length + story.cancelled, tasks, `expected each task to be settled once: ${seen}`);
          if (story.condemned) assert.ok(story.lost > 0, `expected the condemned task to be lost: ${seen}`);
          assert.equal(model.word(model.submitterBlock(0) + layout.SUBMITTER_INBOX), 0, 'delivered twice');
          assert.equal(story.failed, story.lost, `expected the recovery to count what was lost: ${seen}`);
          assert.ok(story.lost <= losses, `expected at most ${String(losses)} lost: ${seen}`);
          assert.ok(story.runs.length <= tasks + 1, `run too often: ${story.runs.join()}`);
          assert.equal(asleep.includes(SUCCESSOR), false, 'the successor sleeps for ever');
          // A cancelled one that was queued again at the very end waits for the next worker that comes by.
          const left = model.queuedEntries();
          assert.ok(left.length <= story.cancelled, `left: ${left.join()}`);
          nothingIsLeft(model, left.length);
        },
      };
    },
  };
}

/** Calls whose last argument is the result of the one so many before, as `-n`. */
function* chained(calls: readonly Call[]): Program {
  const results: number[] = [];
  for (const [name, ...args] of calls) {
    const given = args.map((arg) => (arg < 0 ? (results.at(arg) ?? 0) : arg));
    const none = name.startsWith('slot') ? -1 : 0;
    if (args.some((arg, at) => arg < 0 && given[at] === none)) continue; // there was none to free
    results.push(yield [name, ...given]);
  }
}

function* recoverWhenGone(gone: () => boolean): Program {
  while (!gone()) yield ['await'];
  yield ['recoverWorker', 0];
}

function cachedMagazines(model: ModelMemory, submitter: number): number {
  const caches = model.submitterBlock(submitter) + layout.SUBMITTER_CACHES;
  const heads = Array.from({ length: 2 * layout.CLASSES }, (_, n) => model.word(caches + (n * layout.CACHE_BYTES) / 2));
  return heads.filter((head) => head !== 0).length;
}

type Prepare = (call: (thread: number, ...call: Call) => number) => void;

/** So many slots are in its cache and the depot. */
function keepSlots(count: number): Prepare {
  return (call) => {
    const taken = Array.from({ length: count }, () => call(MORTAL, 'slotAlloc'));
    for (const index of taken) call(MORTAL, 'slotFree', index);
  };
}

/** Two pages are cut, and each magazine in the depot has a block of each. */
function mixBlocks(call: Parameters<Prepare>[0]): void {
  const taken = Array.from({ length: (2 * layout.PAGE_BYTES) / EIGHTH }, () => call(MORTAL, 'allocBlock', EIGHTH));
  const [first, second] = [0, 1].map((page) => taken.filter((block) => (block - Math.min(...taken)) >> 16 === page));
  for (const [n, block] of (first ?? []).entries()) {
    call(MORTAL, 'freeBlock', block, EIGHTH);
    call(MORTAL, 'freeBlock', second?.[n] ?? 0, EIGHTH);
  }
  call(MORTAL, 'flush');
}

/** A worker that dies while it takes and gives memory: all of it is there afterwards. */
function memory(calls: readonly Call[], config: ModelConfig, prepare: Prepare = () => undefined): Scenario {
  return {
    config: { workers: 1, capacity: 4, ...config },
    roles: [host, workerRole(0)],
    mortal: MORTAL,
    setUp: prepare,
    run(model, ended) {
      return {
        programs: [recoverWhenGone(() => ended(MORTAL)), chained(calls)],
        end() {
          nothingIsLeft(model);
          assert.equal(cachedMagazines(model, 1), 0, 'free ones are out of reach');
        },
      };
    },
  };
}

/** A worker submits tasks to another one, takes them in, and dies; they are run, and nothing is left of them. */
function nested(calls: readonly Call[]): Scenario {
  return {
    config: { workers: 2, capacity: 4 },
    roles: [host, workerRole(0), workerRole(1), workerRole(0)],
    mortal: MORTAL,
    run(model, ended) {
      const story = new Story(() => ended(MORTAL));
      function* recover(): Program {
        while (!story.gone()) yield ['await'];
        yield ['recoverWorker', 0];
        story.recovered = true;
        // Until its successor has taken out what still comes.
        const foreign = model.submitterBlock(1) + layout.SUBMITTER_FOREIGN;
        while (model.word(foreign) > 0 || model.queuedEntries().length > 0) yield ['await'];
        yield ['alert', 1, codes.ATTENTION_STOP];
      }
      function* heir(): Program {
        const foreign = model.submitterBlock(1) + layout.SUBMITTER_FOREIGN;
        const attention = model.workerBlock(0) + layout.WORKER_ATTENTION;
        while (!story.recovered) yield ['await'];
        while (model.word(foreign) > 0) {
          while ((model.word(attention) & codes.ATTENTION_DRAIN) === 0 && model.word(foreign) > 0) yield ['await'];
          model.setWord(attention, model.word(attention) & ~codes.ATTENTION_DRAIN);
          const drained = yield ['drain', 4];
          model.setWord(foreign, Math.max(0, model.word(foreign) - drained));
        }
        yield ['drain', 4];
      }
      return {
        programs: [recover(), script(calls), serve(story, model, 1), heir()],
        end(asleep) {
          assert.deepEqual(asleep, [], 'somebody sleeps for ever');
          assert.deepEqual(model.queuedEntries(), []);
          nothingIsLeft(model);
        },
      };
    },
  };
}

const SUBMIT: Call = ['submit', HANDLER, codes.NORMAL, 0, 0, 0, 0, 0];
const URGENT: Call = ['submit', HANDLER, codes.CRITICAL, 0, 0, 0, 0, 0];
const KERNELS: Call = ['submit', KERNEL, codes.NORMAL, 0, 0, 0, 0, 0];
const MAIL: Call = ['mail', 0, HANDLER, codes.NORMAL, 0, 0, 0, 0, 0];

export const one = lostWorker({ calls: [SUBMIT], tasks: 1 });
export const two = lostWorker({ calls: [SUBMIT, URGENT], tasks: 2 });
export const again = lostWorker({ calls: [SUBMIT], tasks: 1, config: { retry: 1 }, losses: 0 });
export const searching = lostWorker({ calls: [SUBMIT, SUBMIT], tasks: 2, config: { spin: 1 } });
export const batch = lostWorker({
  calls: [KERNELS, KERNELS, KERNELS],
  tasks: 3,
  config: { kernelMeansUs: [1] },
  kernels: true,
});
export const killed = lostWorker({ calls: [SUBMIT, URGENT], tasks: 2, kills: true });
export const killedForGood = lostWorker({ calls: [SUBMIT], tasks: 1, kills: true, config: { retry: 1 } });
export const mailed = lostWorker({ calls: [MAIL, MAIL], tasks: 2 });
export const result = lostWorker({ calls: [SUBMIT], tasks: 1, bytes: true, config: { poolPages: 2 } });
export const payload = lostWorker({ calls: [], payloads: 1, tasks: 1, bytes: true, config: { poolPages: 2 } });
export const payloadAgain = lostWorker({
  ...{ calls: [], payloads: 1, tasks: 1, bytes: true, losses: 0 },
  config: { poolPages: 2, retry: 1 },
});
export const payloadKilled = lostWorker({
  ...{ calls: [], payloads: 1, tasks: 1, bytes: true, kills: true },
  config: { poolPages: 2 },
});
export const cancelled = lostWorker({ calls: [SUBMIT, SUBMIT, ['cancel', 1]], tasks: 2 });

const ALLOC_FREE: readonly Call[] = [['slotAlloc'], ['slotFree', -1]];
export const fresh = memory([...ALLOC_FREE, ...ALLOC_FREE, ['flush'], ...ALLOC_FREE], { magazine: 2 });
export const slots = memory([['flush'], ...ALLOC_FREE, ['flush'], ...ALLOC_FREE], { magazine: 1 }, keepSlots(4));
export const magazines = memory([...ALLOC_FREE, ['flush'], ...ALLOC_FREE], { magazine: 2 }, keepSlots(4));
export const blocks = memory(
  [
    ['allocBlock', HALF_PAGE],
    ['allocBlock', HALF_PAGE],
    ['freeBlock', -1, HALF_PAGE],
    ['freeBlock', -3, HALF_PAGE],
    ['flush'],
  ],
  { poolPages: 2 },
);
export const runs = memory(
  [
    ['allocBlock', 2 * layout.PAGE_BYTES],
    ['freeBlock', -1, 2 * layout.PAGE_BYTES],
    ['allocBlock', HALF_PAGE],
    ['freeBlock', -1, HALF_PAGE],
    ['allocBlock', 2 * layout.PAGE_BYTES], // takes the blocks back to their page
    ['freeBlock', -1, 2 * layout.PAGE_BYTES],
  ],
  { poolPages: 2 },
);
/** The blocks of a magazine go back to their pages one by one. */
export const mixed = memory([['allocBlock', 2 * layout.PAGE_BYTES]], { poolPages: 2 }, mixBlocks);
/** A kernel on top of another task. */
export const inline = memory(
  [
    ['allocBlock', HALF_PAGE],
    ['runInline', KERNEL, codes.TAG_KERNEL_BYTES, 0, -1, HALF_PAGE],
  ],
  { poolPages: 2, kernelMeansUs: [1] },
);
export const submits = nested([SUBMIT, ['drain', 4]]);
export const stages = nested([
  ['stage', 0, HANDLER, codes.NORMAL, 0, 0, 0, 0, 0],
  ['stage', 1, HANDLER, codes.NORMAL, 0, 0, 0, 0, 0],
  ['publish', codes.NORMAL, 2],
]);
