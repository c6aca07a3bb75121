import assert from 'node:assert/strict';
import * as codes from '../../../src/abi/codes.ts';
import * as layout from '../../../src/abi/layout.ts';
import { host, workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelConfig, ModelMemory } from '../memory.ts';
import type { Call, Program } from '../vthread.ts';
import { nothingIsLeft } from './left.ts';

const KERNEL = 0;
const LEVEL = codes.NORMAL;
const FRAMES = 4;
/** Of scenarios with a host, the thread of worker 0, whose task it is. */
const OWNER = 1;

/**
 * What kernels do, by their number; 0 is the task. 1 to 7 spawn, j joins the youngest, o the oldest, r and q reclaim it, do its work, or
 * join it; w waits until the oldest has ended and does not take it back, b takes a block for the result, c is a checkpoint.
 */
type Scripts = Readonly<Record<number, string>>;
const DIGITS = '01234567jobcwrq';

function digitsOf(script: string): bigint {
  return Array.from(script).reduceRight((digits, letter) => digits * 16n + BigInt(DIGITS.indexOf(letter)), 0n);
}

function configOf(scripts: Scripts, workers: number, config: ModelConfig = {}): ModelConfig {
  const digits = Array.from({ length: 8 }, (_, number) => digitsOf(scripts[number] ?? ''));
  return { workers, capacity: 4, kernelMeansUs: [1], kernel: 'script', scripts: digits, ...config };
}

/** The result of a kernel that nobody disturbs. */
function resultOf(scripts: Scripts, number: number): number {
  const spawned: number[] = [];
  let result = 2 ** number;
  const script = scripts[number] ?? '';
  for (const letter of script) {
    if (letter >= '1' && letter <= '7') spawned.push(Number(letter));
    const joined = 'jr'.includes(letter) ? spawned.pop() : 'oq'.includes(letter) ? spawned.shift() : undefined;
    if (joined !== undefined) result += resultOf(scripts, joined);
  }
  return script.includes('b') ? 0 : result;
}

/** How often a kernel was begun or ended, by all workers. */
function countOf(model: ModelMemory, number: number, ends: 0 | 1): number {
  return Array.from({ length: model.workers }, (_, worker) => model.counted(number, worker, ends)).reduce(
    (sum, count) => sum + count,
  );
}

function* script(calls: readonly Call[]): Program {
  for (const call of calls) yield call;
}

/** Steals so often from a worker, and runs what it gets. */
function* thief(victim: number, times: number): Program {
  for (let n = 0; n < times; ++n) {
    const frame = yield ['frameSteal', victim, LEVEL];
    if (frame > 0) yield ['frameRun', frame, LEVEL];
  }
}

type Invoke = (thread: number, ...call: Call) => number;

function shareScripts(call: Invoke, model: ModelMemory, threads: number): void {
  for (let thread = 0; thread < threads; ++thread) call(thread, 'scriptsAt', model.scripts);
}

/** A task of the worker of a thread, claimed: `runTask` runs it. */
function claimTask(call: Invoke, thread: number, submitter = thread): number {
  const index = call(submitter, 'submit', KERNEL, LEVEL, 0, codes.TAG_NUMBER, 0, 0, 0);
  call(thread, 'claimTask', call(thread, 'findTask'));
  return index;
}

function statusOf(model: ModelMemory, index: number): number {
  return model.word(model.slot(index) + layout.SLOT_STATE) & 0xff;
}

function valueOf(model: ModelMemory, index: number): number {
  return model.f64[(model.slot(index) + layout.SLOT_VALUE) >> 3] ?? NaN;
}

/** Nothing can be stolen of a worker. */
function assertPrivate(model: ModelMemory): void {
  for (let worker = 0; worker < model.workers; ++worker) {
    const share = model.word(model.forkBlock(worker) + LEVEL * layout.LINE);
    assert.equal(share & 0xffff, share >>> 16, `worker ${String(worker)} still shares`);
  }
}

/** A task of worker 0 whose kernels others steal: each runs once, and its result is the same as without them. */
export function forks(scripts: Scripts, thieves: readonly number[], config: ModelConfig = {}): Scenario {
  const numbers = Object.keys(scripts).map(Number);
  return {
    config: configOf(scripts, 1 + thieves.length, config),
    roles: Array.from({ length: 1 + thieves.length }, (_, worker) => workerRole(worker)),
    setUp(call, model) {
      shareScripts(call, model, 1 + thieves.length);
      claimTask(call, 0);
    },
    run(model) {
      return {
        programs: [script([['runTask', 0]]), ...thieves.map((times) => thief(0, times))],
        end(asleep) {
          assert.deepEqual(asleep, [], 'somebody sleeps for ever');
          for (const number of numbers) {
            for (const ends of [0, 1] as const)
              assert.equal(countOf(model, number, ends), 1, `kernel ${String(number)}`);
          }
          assert.equal(statusOf(model, 0), codes.DONE);
          assert.equal(valueOf(model, 0), resultOf(scripts, 0));
          assertPrivate(model);
          nothingIsLeft(model, 1);
        },
      };
    },
  };
}

/** A worker that looks for work and parks, until it is stopped. */
function* serve(): Program {
  for (;;) {
    const code = yield ['work', 1000, 0];
    if (code === codes.STOP) return;
    if (code === codes.IDLE && (yield ['spin']) === 0) yield ['park'];
    yield ['pause'];
  }
}

/** As `forks`, but the others find the kernels by themselves, and sleep when there are none. */
export function parked(scripts: Scripts, sleepers: number, config: ModelConfig = {}): Scenario {
  const stop = Array.from({ length: sleepers }, (_, n): Call => ['alert', 1 + n, codes.ATTENTION_STOP]);
  const scenario = forks(
    scripts,
    Array.from({ length: sleepers }, () => 0),
    config,
  );
  return {
    ...scenario,
    run(model, ended) {
      const run = scenario.run(model, ended);
      const workers = Array.from({ length: sleepers }, () => serve());
      return { ...run, programs: [script([['runTask', 0], ...stop]), ...workers] };
    },
  };
}

/** An urgent kernel that comes while one of worker 0 runs, which looks for such; worker 1 looks, too. */
export function checkpoints(scripts: Scripts, urgent: readonly number[]): Scenario {
  return {
    config: configOf(scripts, 2),
    roles: [host, workerRole(0), workerRole(1)],
    setUp(call, model) {
      shareScripts(call, model, 3);
      claimTask(call, OWNER);
    },
    run(model) {
      const submits = urgent.map((number): Call => ['submit', KERNEL, codes.CRITICAL, 0, 0, number, 0, 0]);
      const isDone = (): boolean => urgent.every((_, n) => statusOf(model, 1 + n) === codes.DONE);
      function* look(): Program {
        while (!isDone()) {
          yield ['work', 1000, 0];
          while (!isDone() && model.word(layout.LEVEL_WORD) === 0) yield ['await'];
        }
      }
      function* run(): Program {
        yield ['runTask', 0];
        yield* look();
      }
      return {
        programs: [script(submits), run(), look()],
        end(asleep) {
          assert.deepEqual(asleep, []);
          assert.deepEqual(model.queuedEntries(), []);
          for (const number of [0, ...urgent]) assert.equal(countOf(model, number, 1), 1, `kernel ${String(number)}`);
          urgent.forEach((number, n) => {
            assert.equal(statusOf(model, 1 + n), codes.DONE);
            assert.equal(valueOf(model, 1 + n), resultOf(scripts, number));
          });
          nothingIsLeft(model, 1 + urgent.length);
        },
      };
    },
  };
}

/** What the host knows of who died. */
class Story {
  recovered = 0;
  /** How often each kernel of the first task had been begun when its frames were nobody's any more. */
  begun = '';
  readonly ended: { readonly index: number; readonly tag: number; readonly value: number }[] = [];
}

// What the host waits for once it was told that somebody runs a frame.
function framesOf(model: ModelMemory): string {
  const words: number[] = [];
  for (let worker = 0; worker < model.workers; ++worker) {
    const stack =
      model.forkBlock(worker) + layout.FORK_ROOTS + (layout.ROOT_FRAMES + LEVEL * FRAMES) * layout.FRAME_BYTES;
    for (let frame = 0; frame < FRAMES; ++frame) {
      words.push(model.word(stack + frame * layout.FRAME_BYTES + layout.FRAME_STATE));
      words.push(model.word(stack + frame * layout.FRAME_BYTES + layout.FRAME_THIEF));
    }
  }
  return words.join();
}

interface Shape {
  readonly scripts: Scripts;
  /** Who runs the task is worker 0, its thread is 1; the others steal, each so often, of … */
  readonly thieves: readonly (readonly [victim: number, times: number])[];
  /** Threads that may die. */
  readonly mortal: readonly number[];
  /** A task that the host has queued, for the successor of worker 0: a kernel of this number. */
  readonly next?: number;
  readonly config?: ModelConfig;
}

/** Kernels of the first task below it. */
function numbersOf({ scripts, next }: Shape): number[] {
  const others = next === undefined ? '' : `${String(next)}${scripts[next] ?? ''}`;
  return Object.keys(scripts)
    .filter((number) => number !== '0' && !others.includes(number))
    .map(Number);
}

function begunOf(model: ModelMemory, shape: Shape): string {
  return numbersOf(shape)
    .map((number) => countOf(model, number, 0))
    .join();
}

/** Of the kernels of the first task: who lives has ended what it began. */
function assertNoneRuns(model: ModelMemory, shape: Shape): void {
  const { thieves, mortal } = shape;
  const living = thieves.map((_, n) => n + 1).filter((worker) => !mortal.includes(worker + 1));
  for (const number of numbersOf(shape)) {
    for (const worker of living) {
      const begun = model.counted(number, worker, 0);
      assert.equal(model.counted(number, worker, 1), begun, `kernel ${String(number)} runs, and its task is over`);
    }
  }
}

function* runFirst(model: ModelMemory, shape: Shape): Program {
  yield ['runTask', 0];
  assertNoneRuns(model, shape);
}

/** Host: looks after those who may die, in turn, until nobody holds their frames; then recovers them and drains. */
function* undertaker(story: Story, model: ModelMemory, shape: Shape, ended: (thread: number) => boolean): Program {
  const waiting = new Set(shape.mortal.map((thread) => thread - 1));
  const countGone = (): number => [...waiting].filter((worker) => ended(worker + 1)).length;
  while (waiting.size > 0) {
    const gone = [...waiting].filter((worker) => ended(worker + 1));
    const frames = framesOf(model);
    for (const worker of gone) {
      if ((yield ['forsake', worker]) !== codes.NOBODY) continue;
      if (worker === 0) {
        assertNoneRuns(model, shape);
        story.begun = begunOf(model, shape);
      }
      yield ['recoverWorker', worker];
      story.recovered += 1;
      waiting.delete(worker);
    }
    const left = gone.filter((worker) => waiting.has(worker)).length;
    while (waiting.size > 0 && countGone() === left && framesOf(model) === frames) yield ['await'];
  }
  yield* drain(story, model, shape.next === undefined ? 1 : 2);
}

function* drain(story: Story, model: ModelMemory, tasks: number): Program {
  const inbox = model.submitterBlock(0) + layout.SUBMITTER_INBOX;
  const records = model.submitterBlock(0) + layout.SUBMITTER_RECORDS;
  while (story.ended.length < tasks) {
    while (model.word(inbox) === 0) yield ['await'];
    const drained = yield ['drain', 4];
    for (let n = 0; n < drained; ++n) {
      const at = records + n * layout.RECORD_BYTES;
      const tag = model.word(at + layout.RECORD_META) & 0xff;
      const value = model.f64[(at + layout.RECORD_VALUE) >> 3] ?? NaN;
      story.ended.push({ index: model.word(at + layout.RECORD_INDEX), tag, value });
      if (model.word(at + layout.RECORD_LENGTH) === 0) continue;
      assert.notEqual(tag, codes.TAG_KERNEL_FAULT, 'a lost kernel has bytes');
      yield ['freeRecord', at];
    }
  }
}

/** The successor of worker 0, when that was recovered: does what is queued. */
function* succeed(story: Story, shape: Shape): Program {
  while (story.recovered < shape.mortal.length) yield ['await'];
  while ((yield ['work', 1000, 0]) !== codes.IDLE);
}

/** Somebody dies at any step: nobody waits for ever, each kernel runs at most once an attempt, each task ends once. */
export function deaths(shape: Shape): Scenario {
  const { scripts, thieves, mortal, next, config = {} } = shape;
  const workers = 1 + thieves.length;
  const retries = config.retry ?? 0;
  return {
    config: configOf(scripts, workers, config),
    roles: [host, ...Array.from({ length: workers }, (_, worker) => workerRole(worker)), workerRole(0)],
    mortal,
    setUp(call, model) {
      shareScripts(call, model, workers + 2);
      claimTask(call, OWNER, 0);
      if (next !== undefined) call(0, 'submit', KERNEL, LEVEL, 0, codes.TAG_NUMBER, next, 0, 0);
    },
    run(model, ended) {
      const story = new Story();
      const steal = thieves.map(([victim, times]) => thief(victim, times));
      return {
        programs: [
          undertaker(story, model, shape, ended),
          runFirst(model, shape),
          ...steal,
          mortal.includes(OWNER) || next !== undefined ? succeed(story, shape) : script([]),
        ],
        end(asleep) {
          assert.deepEqual(
            asleep.filter((thread) => !mortal.includes(thread)),
            [],
            'somebody sleeps for ever',
          );
          assert.equal(story.recovered, mortal.length, 'somebody still waits for a frame to end');
          const seen = JSON.stringify(story.ended);
          assert.equal(story.ended.length, next === undefined ? 1 : 2, `each task ends once: ${seen}`);
          for (const [key] of Object.entries(scripts)) {
            const begun = countOf(model, Number(key), 0);
            assert.ok(begun <= 1 + retries, `kernel ${key} was begun ${String(begun)} times`);
          }
          for (const { index, tag, value } of story.ended) {
            if (tag === codes.TAG_WORKER_LOST && mortal.includes(OWNER) && index === 0) continue;
            if (tag === codes.TAG_KERNEL_FAULT && mortal.some((thread) => thread !== OWNER)) {
              assert.equal(value, codes.FAULT_LOST, seen);
            } else assert.equal(value, resultOf(scripts, index === 0 ? 0 : (next ?? 0)), seen);
          }
          if (mortal.includes(OWNER) && retries === 0) {
            assert.equal(begunOf(model, shape), story.begun, 'a kernel is begun whose task is over');
          }
          assertPrivate(model);
          nothingIsLeft(model);
        },
      };
    },
  };
}
