import assert from 'node:assert/strict';
import * as codes from '../../../src/abi/codes.ts';
import { host, workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelConfig, ModelMemory } from '../memory.ts';
import type { Call, Program, Role } from '../vthread.ts';

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
function wakeUps({ workers, scripts, queued = 0, life = worker, tasks = 1, config = {} }: Shape): Scenario {
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

const MAIL: Call = ['mail', 0, HANDLER, codes.NORMAL, 0, 0, 0, 0, 0];

const NOBODY_SLEEPS = (asleep: readonly number[]): void => {
  assert.deepEqual(asleep, []);
};

/** The same, and nobody sleeps at the end. */
function untilNobodySleeps(scenario: Scenario): Scenario {
  return {
    ...scenario,
    run(model, ended) {
      const run = scenario.run(model, ended);
      return {
        ...run,
        end(asleep) {
          run.end(asleep);
          NOBODY_SLEEPS(asleep);
        },
      };
    },
  };
}

const stop = (worker: number): Call => ['alert', worker, codes.ATTENTION_STOP];
const stage = (n: number): Call => ['stage', n, HANDLER, codes.NORMAL, 0, 0, 0, 0, 0];
const submitAt = (level: number): Call => ['submit', HANDLER, level, 0, 0, 0, 0, 0];

export const oneWorker = wakeUps({ workers: 1, scripts: [[SUBMIT]] });
export const oneSearcher = wakeUps({ workers: 1, scripts: [[SUBMIT]], config: { spin: 1 } });
export const lowSubmit = wakeUps({ workers: 1, scripts: [[submitAt(codes.LOW)]] });
export const twice = wakeUps({ workers: 1, scripts: [[SUBMIT, SUBMIT]], tasks: 2 });
export const twoWorkers = wakeUps({ workers: 2, scripts: [[SUBMIT, SUBMIT]] });
export const twoSearchers = wakeUps({ workers: 2, scripts: [[SUBMIT, SUBMIT]], config: { spin: 1 } });
export const bulk = wakeUps({ workers: 2, scripts: [[stage(0), stage(1), ['publish', codes.NORMAL, 2]]] });
export const slowWakers = wakeUps({ workers: 2, scripts: [[SUBMIT], [SUBMIT]] });
export const batch = wakeUps({ workers: 2, scripts: [[]], queued: 2, life: kernelWorker });
export const searchersAtBatch = wakeUps({
  workers: 2,
  scripts: [[]],
  queued: 2,
  life: kernelWorker,
  config: { spin: 1 },
});
export const stopOne = wakeUps({ workers: 2, scripts: [[SUBMIT, stop(0)]] });
export const stopAgainstSubmit = wakeUps({ workers: 2, scripts: [[stop(0)], [SUBMIT]] });
export const stops = untilNobodySleeps(wakeUps({ workers: 2, scripts: [[stop(0), stop(1)]] }));
export const stopsAndSubmits = untilNobodySleeps(
  wakeUps({ workers: 1, scripts: [[SUBMIT, stop(0)]], tasks: Infinity }),
);

export const alertedDoze = doze([['alert', 0, codes.ATTENTION_CANCEL]], NOBODY_SLEEPS);
const SLEEPS = (_asleep: readonly number[], sleepless: readonly number[]): void => {
  assert.notEqual(sleepless[0], DOZES);
};
export const mailedDoze = doze([MAIL, MAIL], SLEEPS);
export const stoppedDoze = doze([stop(0)], SLEEPS);
export const doomedDoze = doze([['alert', 0, codes.ATTENTION_DOOM]], SLEEPS);
