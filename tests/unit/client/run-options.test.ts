import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noCounts } from '../../../src/client/counts.ts';
import { Pending, type Settler } from '../../../src/client/pending.ts';
import { checkRunOptions, Priority, RUN_OPTIONS, type RunOptions } from '../../../src/client/run-options.ts';
import { Runner } from '../../../src/client/runner.ts';
import type { TaskClient } from '../../../src/client/task-client.ts';
import { taskTable } from '../../../src/client/task-type.ts';
import { until } from '../../support/until.ts';

/** What the runner asked for, instead of an engine: the tasks wait for ever unless they have started. */
class Recorder implements TaskClient {
  readonly tasks = taskTable([], ['task']);
  readonly counts = noCounts();
  readonly writer = { prepareInput: () => undefined, encoder: { discard: () => undefined } };
  readonly inFlight = {
    kept: { stateOf: () => 'queued' as const },
    awaitKept: (_id: unknown, settler: Settler) => {
      settler.reject(new Error('nothing is kept'));
    },
  };
  readonly submitted: { readonly pending: Pending; readonly priority: number }[] = [];
  readonly ended: unknown[] = [];
  startedUs = -1;
  plain: number[] = [];

  readonly now = (): number => 1e12;
  refusal(): undefined {
    return undefined;
  }
  pressed(): undefined {
    return undefined;
  }
  submitNumber(_type: number, priority: number): boolean {
    this.plain.push(priority);
    return true;
  }
  submitMembers(_group: unknown, priority: number, numbers: readonly number[], from: number): number {
    for (let position = from; position < numbers.length; ++position) this.plain.push(priority);
    return numbers.length - from;
  }
  nodeIndex(id: number): number {
    return 10 * id;
  }
  singleOut(): void {
    // none fails
  }
  makeRoom(): void {
    // there is
  }
  submitPrepared(pending: Pending, priority: number): void {
    this.submitted.push({ pending, priority });
  }
  publish(): void {
    // all is
  }
  submitKept(): never {
    throw new Error('nothing is kept');
  }
  releaseKept(): void {
    // nothing is
  }
  settleEarly(pending: Pending, error: Error): boolean {
    pending.control?.release();
    this.ended.push((error as { code?: unknown }).code);
    pending.reject(error);
    return true;
  }
  afterCancels(act: () => void): void {
    act();
  }
  askStart(_pending: Pending, tell: (startedUs: number) => void): void {
    tell(this.startedUs);
  }
}

type Way = (runner: Runner, options: RunOptions) => void;

const WAYS: Readonly<Record<string, Way>> = {
  run: (runner, options) => void runner.run('task', 1, options).catch(ignore),
  post: (runner, options) => {
    runner.post('task', 1, options);
  },
  runMany: (runner, options) => void runner.runMany('task', [1, 2], options).catch(ignore),
  map: (runner, options) => void runner.map('task', [1, 2], options).next().catch(ignore),
};

/** How each option shows. A name that is missing here does not compile. */
const EFFECTS: Readonly<Record<keyof RunOptions, (start: (options: RunOptions) => Recorder) => Promise<void> | void>> =
  {
    priority: (start) => {
      for (const priority of Object.values(Priority)) {
        const { plain } = start({ priority });
        assert.deepEqual(new Set(plain), new Set([priority]));
        const { submitted } = start({ priority, retry: 1 });
        assert.deepEqual(new Set(submitted.map((task) => task.priority)), new Set([priority]));
      }
    },
    signal: (start) => {
      const controller = new AbortController();
      const { ended } = start({ signal: controller.signal });
      assert.deepEqual(ended, []);
      controller.abort();
      assert.equal(ended[0], 'ERR_TASK_ABORTED');
    },
    timeoutMs: async (start) => {
      const client = start({ timeoutMs: 0 });
      client.startedUs = 0;
      await until(() => client.ended.length > 0, 'the time-out');
      assert.equal(client.ended[0], 'ERR_TASK_TIMEOUT');
    },
    startWithinMs: async (start) => {
      const { ended } = start({ startWithinMs: 0 });
      await until(() => ended.length > 0, 'the deadline');
      assert.equal(ended[0], 'ERR_DEADLINE');
    },
    killGraceMs: (start) => {
      const { submitted } = start({ killGraceMs: 7 });
      for (const { pending } of submitted) assert.equal(pending.killGraceMs, 7);
      assert.ok(submitted.length > 0);
    },
    retry: (start) => {
      const { submitted } = start({ retry: 5 });
      for (const { pending } of submitted) assert.equal(pending.retry, 5);
      assert.ok(submitted.length > 0);
    },
    node: (start) => {
      const { submitted } = start({ node: 3 });
      for (const { pending } of submitted) assert.equal(pending.preferred, 30);
      assert.ok(submitted.length > 0);
    },
  };

describe('every run option', () => {
  it('is in the list of their names', () => {
    assert.deepEqual([...RUN_OPTIONS].sort(), Object.keys(EFFECTS).sort());
  });

  for (const [name, check] of Object.entries(EFFECTS)) {
    for (const [way, startBy] of Object.entries(WAYS)) {
      it(`${name} takes effect by ${way}`, async () => {
        await check((options) => {
          const client = new Recorder();
          startBy(new Runner(client, 1, ignore), options);
          return client;
        });
      });
    }

    it(`${name} is not taken from Object.prototype`, () => {
      const given = {};
      Object.defineProperty(Object.prototype, name, { value: 'spoilt', configurable: true });
      try {
        assert.equal(Reflect.get(checkRunOptions(given), name), undefined);
      } finally {
        Reflect.deleteProperty(Object.prototype, name);
      }
    });
  }
});

/** The options with getters, and how often each was read. */
function watched(options: RunOptions): { readonly options: RunOptions; readonly reads: Record<string, number> } {
  const reads: Record<string, number> = {};
  const watching = {};
  for (const [name, value] of Object.entries(options)) {
    reads[name] = 0;
    const get = (): unknown => {
      reads[name] = (reads[name] ?? 0) + 1;
      return value;
    };
    Object.defineProperty(watching, name, { get, enumerable: true });
  }
  return { options: watching, reads };
}

describe('options belong to the caller', () => {
  const all = {
    priority: 2,
    signal: new AbortController().signal,
    timeoutMs: 1e6,
    startWithinMs: 1e6,
    killGraceMs: 7,
    retry: 5,
  } as const;

  for (const [way, startBy] of Object.entries(WAYS)) {
    it(`${way} reads each of them once`, () => {
      for (const given of [all, { priority: all.priority }]) {
        const { options, reads } = watched(given);
        const client = new Recorder();
        startBy(new Runner(client, 1, ignore), options);
        for (const { pending } of client.submitted) pending.control?.release();
        assert.deepEqual(new Set(Object.values(reads)), new Set([1]));
        assert.ok(client.submitted.length + client.plain.length > 0);
      }
    });
  }

  it('runMany goes by what they were before its inputs are read', async () => {
    const client = new Recorder();
    const options: { priority: Priority } = { priority: Priority.Normal };
    const inputs = (function* (): Generator<number> {
      options.priority = -1 as Priority;
      yield 1;
    })();
    const many = new Runner(client, 1, ignore).runMany('task', inputs, options);
    many.catch(ignore);
    await Promise.resolve();
    assert.deepEqual(client.plain, [Priority.Normal]);
  });
});

function ignore(): void {
  // What becomes of it is looked at elsewhere.
}
