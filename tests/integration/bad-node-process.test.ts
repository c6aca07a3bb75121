/** Programs in the place of a node process that say what none says, or nothing. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Launch, launchOf } from '../../src/node-process/launch.ts';
import type { NodeStart } from '../../src/node-process/node-start.ts';
import { ProcessScheduler } from '../../src/node-process/process-scheduler.ts';
import { NodeProcess } from '../../src/node-process/node-process.ts';
import { startAll } from '../../src/node-process/start.ts';
import { OnePlace } from '../../src/numa/one-place.ts';
import { resolveOptions } from '../../src/scheduler/options.ts';
import { TASKS, type Tasks } from '../support/engines.ts';
import type { FakeMode } from '../support/fake-node.ts';
import { isAlive } from '../support/lost-process.ts';
import { TestTicker } from '../unit/numa/machine.ts';
import { temporary } from './bad-input.ts';
import { turn, until, within } from '../support/until.ts';

const FAKE = fileURLToPath(new URL('../support/fake-node.js', import.meta.url));
const LONG_MS = 60_000;
/** Where fakes note their pids. */
const PIDS = temporary('pids');
const STRANGE = /said what none of this version says/;

/** Processes that say this, in turn; the last one again and again. */
class FakeStart implements NodeStart {
  readonly place = { id: 0, firstWorker: 0, workers: 1 };
  readonly cpus = undefined;
  readonly isPinned = false;
  readonly reason = undefined;
  launches = 0;
  readonly #modes: readonly FakeMode[];
  readonly #helloMs: number;

  constructor(modes: readonly FakeMode[], helloMs = LONG_MS) {
    this.#modes = modes;
    this.#helloMs = helloMs;
  }

  launch(): Launch {
    const mode = this.#modes[this.launches] ?? this.#modes.at(-1) ?? 'nothing';
    this.launches += 1;
    return fakeLaunch(mode, this.#helloMs);
  }

  check(): void {
    // It runs where it may.
  }
}

function fakeLaunch(mode: FakeMode, helloMs = LONG_MS): Launch {
  const launch = launchOf(resolveOptions({ tasks: TASKS, workers: 1 }), {}, [process.execPath, FAKE, mode]);
  return { ...launch, helloMs, env: { ...process.env, TALLYIO_FAKE_PIDS: PIDS } };
}

/** Pids of all fakes, the last one first. */
function noted(): number[] {
  return readFileSync(PIDS, 'utf8').trim().split('\n').map(Number).reverse();
}

async function engineOf(...modes: FakeMode[]): Promise<ProcessScheduler<Tasks>> {
  const options = resolveOptions({ tasks: TASKS, workers: 1 });
  return within(
    ProcessScheduler.startNodes<Tasks>({}, options, [new FakeStart(modes)], new OnePlace(), undefined),
    'the start',
  );
}

describe('a process that starts and', () => {
  const wrong: Record<string, RegExp> = {
    noise: STRANGE,
    'unknown kind': /a record of kind 99/,
    'absurd length': /a record of 4294967280 bytes/,
    'absurd large length': /a record of 4294967280 bytes/,
    'undecodable ready': /process/,
    'ready without anything': STRANGE,
    'ready without a report': STRANGE,
    'an outcome first': /an outcome before it was ready/,
    'events without end': /1001 records before it was ready/,
    'many large messages': STRANGE,
  };
  for (const [mode, reason] of Object.entries(wrong)) {
    it(`says: ${mode}; it is killed, and the error tells`, async () => {
      const before = process.memoryUsage();
      const start = new FakeStart([mode]);
      await assert.rejects(within(startAll([start]), 'the start to fail'), (error: Error) => {
        assert.equal(Reflect.get(error, 'code'), 'ERR_MODULE_LOAD');
        assert.match(error.message, /expected node process \d+ to load its tasks and report, but it ended/);
        assert.match(error.message, reason);
        return true;
      });
      assert.equal(start.launches, 1);
      const { arrayBuffers, external } = process.memoryUsage();
      assert.ok(
        arrayBuffers + external - before.arrayBuffers - before.external < 1 << 30,
        'it made the host keep memory',
      );
    });
  }

  it('never says a word: it is killed after its time', async () => {
    await assert.rejects(within(startAll([new FakeStart(['nothing'], 100)]), 'the start to fail'), {
      code: 'ERR_MODULE_LOAD',
      message: /it did not say a word in 100 ms/,
    });
  });

  it('has said a word may take as long as its tasks take to load', async () => {
    const [limit, other] = [new TestTicker(), new TestTicker()];
    const slow = new NodeProcess(fakeLaunch('hello'), limit);
    const silent = new NodeProcess(fakeLaunch('nothing'), other);
    assert.deepEqual([limit.delayMs, other.delayMs], [LONG_MS, LONG_MS]);
    await until(() => limit.delayMs === undefined, 'its word');
    await other.fire();
    const { cause } = await within(silent.exited, 'the end of the other one');
    assert.match(cause.message, /it did not say a word in 60000 ms/);
    assert.equal(limit.plans, 1, 'there is no other limit');
    assert.ok(isAlive(slow.pid ?? assert.fail()));
    slow.kill();
    await within(slow.exited, 'its end');
  });

  it('fails takes the others with it', async () => {
    await assert.rejects(within(startAll([new FakeStart(['ready']), new FakeStart(['noise'])]), 'the start to fail'), {
      code: 'ERR_MODULE_LOAD',
    });
    await until(
      () =>
        noted()
          .slice(0, 2)
          .every((pid) => !isAlive(pid)),
      'both to end',
    );
  });

  it('is ready and talks on while another one still starts: the host does not keep what it says', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const talking = new NodeProcess(fakeLaunch('reports without end'));
    await within(talking.ready, 'ready');
    const { cause } = await within(talking.exited, 'the end of it');
    assert.match(cause.message, STRANGE);
    assert.ok(process.memoryUsage().arrayBuffers - before < 256 << 20);
  });
});

describe('a process that works and', () => {
  for (const mode of ['ready, then an undecodable report', 'ready, then no report']) {
    it(`says: ${mode}; another one takes its place`, async () => {
      const engine = await engineOf(mode, 'ready');
      try {
        const [lost] = (await within(once(engine, 'workerLost'), 'its end')) as [{ exitCode: number; cause: Error }];
        assert.equal(lost.exitCode, 128 + 9);
        assert.ok(lost.cause instanceof Error);
        await until(() => engine.stats().workers[0]?.state === 'parked', 'another one');
      } finally {
        await within(engine.close({ drain: false }), 'the engine to close');
      }
    });
  }

  it('says nonsense each time: the engine gives up, and every task rejects', async () => {
    const engine = await engineOf('ready, then no report');
    const errors: Error[] = [];
    engine.on('error', (error) => errors.push(error));
    try {
      await assert.rejects(within(engine.run('squared', 3, { retry: 100 }), 'the task to reject'), {
        code: 'ERR_WORKER_LOST',
        message: /5 times in a row.*and is given up/,
      });
      assert.equal(errors.length, 1);
      await assert.rejects(engine.run('squared', 3), { code: 'ERR_WORKER_LOST' });
    } finally {
      await within(engine.close({ drain: false }), 'the engine to close');
    }
  });

  it('reports without end: the event loop of the host goes on, and the engine can be closed', async () => {
    const engine = await engineOf('reports without end');
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 200; ++n) await turn();
    const task = engine.run('squared', 3);
    const outcome = assert.rejects(task, { code: 'ERR_CLOSED' });
    assert.equal(engine.stats().workers.length, 1);
    await within(engine.close({ drain: false }), 'the engine to close');
    await within(outcome, 'the task to reject');
    assert.ok(process.memoryUsage().arrayBuffers - before < 256 << 20);
  });

  it('hears nothing: a forced close kills it', async () => {
    const engine = await engineOf('ready');
    const outcome = assert.rejects(engine.run('squared', 3), { code: 'ERR_CLOSED' });
    await within(engine.close({ drain: false }), 'the engine to close');
    await within(outcome, 'the task to reject');
  });
});
