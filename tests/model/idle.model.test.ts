import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as codes from '../../src/abi/codes.ts';
import { check, host, refute, workerRole } from './check.ts';
import type { Scenario } from './explorer.ts';
import type { ModelConfig, ModelMemory } from './memory.ts';
import type { Call, Program, Role } from './vthread.ts';

const IDLE_FILE = 'assembly/worker/idle.ts';
const KERNEL = 0;
const HANDLER = 1;
const SUBMIT: Call = ['submit', HANDLER, codes.NORMAL, 0, 0, 0, 0, 0];

function* script(calls: readonly Call[]): Program {
  for (const call of calls) yield call;
}

/** A worker of handlers whose last task never ends: whatever else is queued is somebody else's to do. */
function* worker(taken: number[], tasks: number): Program {
  for (let looks = 1; ; ++looks) {
    const code = yield ['work', 1000, 0];
    if (code >= 0) taken.push(code);
    if (taken.length === tasks || code === codes.STOP) return;
    if (code === codes.IDLE && (yield ['spin']) === 0) yield ['park'];
    if (looks > 1) yield ['pause'];
  }
}

/** As `work` does with kernels, but the first kernel never ends. */
function* kernelWorker(taken: number[]): Program {
  for (;;) {
    const entry = yield ['findTask'];
    if (entry >= 0) {
      yield ['searchEnd'];
      yield ['claimTask', entry];
      taken.push(entry);
      return;
    }
    if (entry === codes.EMPTY && (yield ['spin']) === 0) yield ['park'];
    yield ['pause'];
  }
}

interface Shape {
  readonly workers: number;
  readonly scripts: readonly (readonly Call[])[];
  readonly queued?: number;
  readonly life?: (taken: number[], tasks: number) => Program;
  /** How many each worker runs. */
  readonly tasks?: number;
  readonly config?: ModelConfig;
}

/** When nobody can go on, no worker sleeps while an entry is queued, and no entry was taken twice. */
function scenario({ workers, scripts, queued = 0, life = worker, tasks = 1, config = {} }: Shape): Scenario {
  // Workers are submitters too, but submit nothing here: only the scripts' queues are in use, which keeps scans short.
  const submitters: Role[] = scripts.map((_, submitter) => ({ submitter, worker: -1 }));
  const workerRoles = Array.from({ length: workers }, (_, w): Role => ({ submitter: scripts.length + w, worker: w }));
  const type = life === worker ? HANDLER : KERNEL;
  return {
    config: { workers, submitters: workers + scripts.length, inUse: scripts.length, kernelMeansUs: [1], ...config },
    roles: [...submitters, ...workerRoles],
    setUp(call) {
      for (let i = 0; i < queued; ++i) call(0, 'submit', type, codes.NORMAL, 0, 0, 0, 0, 0);
    },
    run(model: ModelMemory) {
      const taken = Array.from({ length: workers }, (): number[] => []);
      return {
        programs: [...scripts.map((calls) => script(calls)), ...taken.map((list) => life(list, tasks))],
        end(asleep) {
          const left = model.queuedEntries();
          const seen = `taken ${taken.join(' | ')} left ${left.join()} asleep ${asleep.join()}`;
          assert.ok(asleep.length === 0 || left.length === 0, `expected no sleeper beside work: ${seen}`);
          const all = [...taken.flat(), ...left];
          assert.equal(new Set(all).size, all.length, seen);
        },
      };
    },
  };
}

const STOP_FIRST: Call = ['alert', 0, codes.ATTENTION_STOP];

const DOZES = 4;

function* dozer(sleepless: number[]): Program {
  sleepless.push(yield ['dozeWait', DOZES]);
}

/** A worker whose places are all taken, and what wakes it. */
function doze(
  alerts: readonly Call[],
  end: (asleep: readonly number[], sleepless: readonly number[]) => void,
): Scenario {
  return {
    config: { workers: 1 },
    roles: [host, workerRole(0)],
    run() {
      const sleepless: number[] = [];
      return {
        programs: [script(alerts), dozer(sleepless)],
        end(asleep) {
          end(asleep, sleepless);
        },
      };
    },
  };
}

const MAIL: Call = ['mail', 0, HANDLER, codes.NORMAL, codes.META_MAILED, 0, 0, 0, 0];

const oneWorker = scenario({ workers: 1, scripts: [[SUBMIT]] });
const twice = scenario({ workers: 1, scripts: [[SUBMIT, SUBMIT]], tasks: 2 });
const twoWorkers = scenario({ workers: 2, scripts: [[SUBMIT, SUBMIT]] });
const twoSearchers = scenario({ workers: 2, scripts: [[SUBMIT, SUBMIT]], config: { spin: 1 } });
const batch = scenario({ workers: 2, scripts: [[]], queued: 2, life: kernelWorker });
const stopOne = scenario({ workers: 2, scripts: [[SUBMIT, STOP_FIRST]] });

describe('idle model (docs/protocols/idle.md)', () => {
  it('submit against the last parker', () => {
    check(oneWorker, { preemptions: Infinity, full: Infinity });
    check(scenario({ workers: 1, scripts: [[SUBMIT]], config: { spin: 1 } }), {
      preemptions: Infinity,
      full: Infinity,
    });
  });
  it('two submits against a worker that parks twice', () => {
    check(twice, { preemptions: 4, full: Infinity });
  });
  it('two submits against two parkers', () => {
    check(twoWorkers, { preemptions: 2, full: 3 });
    check(twoSearchers, { preemptions: 2, full: 3 });
  });
  it('a bulk wakes one, who wakes the next', () => {
    const bulk: Call[] = [0, 1].map((n): Call => ['stage', n, HANDLER, codes.NORMAL, 0, 0, 0, 0, 0]);
    const scripts = [[...bulk, ['publish', codes.NORMAL, 2] as const]];
    check(scenario({ workers: 2, scripts }), { preemptions: 2, full: 3 });
  });
  it('slow wakers: two submitters, two workers', () => {
    check(scenario({ workers: 2, scripts: [[SUBMIT], [SUBMIT]] }), { preemptions: 1, full: 2 });
  });
  it('a batch in hand against a parker', () => {
    check(batch, { preemptions: Infinity, full: Infinity });
    const config = { spin: 1 };
    check(scenario({ workers: 2, scripts: [[]], queued: 2, life: kernelWorker, config }), {
      preemptions: Infinity,
      full: Infinity,
    });
  });
  it('alert and stop against a claim: a worker that stops hands the search on', () => {
    check(scenario({ workers: 2, scripts: [[STOP_FIRST], [SUBMIT]] }), { preemptions: 1, full: 2 });
    check(stopOne, { preemptions: 2, full: 3 });
  });
  it('stop wakes every worker', () => {
    const stops: Call[] = [0, 1].map((w): Call => ['alert', w, codes.ATTENTION_STOP]);
    const all = scenario({ workers: 2, scripts: [stops] });
    const run: Scenario['run'] = (model, ended) => ({
      ...all.run(model, ended),
      end(asleep) {
        assert.deepEqual(asleep, []);
      },
    });
    check({ ...all, run }, { preemptions: 2, full: 4 });
  });
  it('an alert ends a doze', () => {
    const scenario = doze([['alert', 0, codes.ATTENTION_CANCEL]], (asleep) => {
      assert.deepEqual(asleep, []);
    });
    check(scenario, { preemptions: Infinity, full: Infinity });
  });
  it('mail does not keep a dozing worker awake', () => {
    const scenario = doze([MAIL, MAIL], (_asleep, sleepless) => {
      assert.notEqual(sleepless[0], DOZES);
    });
    check(scenario, { preemptions: Infinity, full: Infinity });
  });
  it('is caught: a doze that mail ends', async () => {
    const scenario = doze([MAIL, MAIL], (_asleep, sleepless) => {
      assert.notEqual(sleepless[0], DOZES);
    });
    await refute(scenario, 2, { file: IDLE_FILE, find: '~(ATTENTION_MAIL | ATTENTION_DOOM)', put: '~ATTENTION_DOOM' });
  });
  it('is caught: a worker looks before it is in the roster', async () => {
    await refute(oneWorker, 3, {
      file: IDLE_FILE,
      find: `  enterIdle(worker); // S1: idle, no searcher any more
  searching = false;
  // S2: what was published before S1 is seen here; whoever publishes later sees our bit.
  if (hasWork() ||`,
      put: `  const early = hasWork();
  enterIdle(worker);
  searching = false;
  if (early ||`,
    });
  });
  it('is caught: a worker that saw work leaves the roster as no searcher', async () => {
    await refute(twoSearchers, 2, {
      file: IDLE_FILE,
      find: '    searching = true; // publishers that saw',
      put: '    leaveSearching(worker); // publishers that saw',
    });
  });
  it('is caught: a batch that wakes nobody', async () => {
    await refute(batch, 2, {
      file: 'assembly/worker/find.ts',
      find: '    wakeOne(); // who scanned all queues',
      put: '    // who scanned all queues',
    });
  });
  it('is caught: a worker that stops keeps its search', async () => {
    await refute(stopOne, 2, {
      file: 'assembly/worker/loop.ts',
      find: '      endSearch(); // a wake-up',
      put: '      // a wake-up',
    });
  });
  it('is caught: the last searcher wakes nobody', async () => {
    await refute(twoWorkers, 2, {
      file: IDLE_FILE,
      find: '  if (!anySearcher() && anyIdle() && hasWork()) wakeOne();\n',
      put: '',
    });
  });
  it('is caught: a claim that marks the searcher later', async () => {
    await refute(twoWorkers, 2, {
      file: 'assembly/worker/roster.ts',
      find: '(old & ~idleBit(sleeper)) | searchingBit(sleeper))) return sleeper;',
      put: 'old & ~idleBit(sleeper))) {\n        enterSearching(sleeper);\n        return sleeper;\n      }',
    });
  });
});
