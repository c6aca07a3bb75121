import assert from 'node:assert/strict';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { EngineOptions } from '../../src/index.ts';
import { withEngine } from '../support/engines.ts';
import { isolateEngines } from '../support/isolation.ts';
import { assertBalance, isAlive, outcomesOf } from '../support/lost-process.ts';
import { IN_FULL_SET } from '../support/quick.ts';
import { until, within } from '../support/until.ts';
import { taskModule, temporary } from './bad-input.ts';

isolateEngines();

const LOST = { code: 'ERR_WORKER_LOST' };

/** Options by which the main thread of the process does something once a file is there. */
function onceThere(file: string, action: string): EngineOptions {
  const program =
    `import { isMainThread } from 'node:worker_threads'; import { existsSync } from 'node:fs';` +
    `if (isMainThread) setInterval(() => { if (existsSync(${JSON.stringify(file)})) { ${action} } }, 2).unref();`;
  return { execArgv: ['--import', `data:text/javascript,${encodeURIComponent(program)}`] };
}

function lossOf(event: unknown): Record<string, unknown> {
  const [loss] = event as [Record<string, unknown>];
  return loss;
}

describe('a process that is killed', () => {
  it('loses the tasks that were released, at most two a worker when they are long; all others run exactly once', async () => {
    await withEngine({ workers: 2 }, async (engine, board) => {
      const killed = await engine.run('pid');
      const blocked = [engine.run('block', 0), engine.run('block', 0)];
      const rest = outcomesOf(Array.from({ length: 5000 }, (_, entry) => engine.run('note', entry)));
      await board.arrived(0, 2);
      const lost = once(engine, 'workerLost');
      const started = once(engine, 'workerStarted');
      process.kill(killed, 'SIGKILL');
      for (const task of blocked) await assert.rejects(within(task, 'a blocked task'), { ...LOST, signal: 'SIGKILL' });
      const loss = lossOf(await within(lost, "'workerLost'"));
      assert.deepEqual([loss['worker'], loss['node'], loss['exitCode']], [0, 0, 137]);
      assert.match(String(loss['cause']), new RegExp(`process ${String(killed)} ended by SIGKILL`));
      await within(started, "'workerStarted'");
      const outcomes = await within(rest, 'the others');
      assert.ok(outcomes.lost.length <= 2, `${String(outcomes.lost.length)} were lost beside those that ran`);
      assert.equal(outcomes.values.length + outcomes.lost.length, 5000);
      const logged = board.logged();
      assert.equal(new Set(logged).size, logged.length, 'one ran twice');
      for (const entry of outcomes.values) assert.ok(logged.includes(entry));
      assert.notEqual(await engine.run('pid'), killed);
      assert.equal(engine.stats().lost, 2 + outcomes.lost.length);
      assertBalance(engine);
    });
  });

  it('again and again under load: every promise settles once, nothing runs twice, the books balance', async () => {
    await withEngine({ workers: 2, capacity: 1024 }, async (engine, board) => {
      const tasks = Array.from({ length: 6000 }, (_, entry) => engine.run('note', entry));
      const all = outcomesOf(tasks);
      for (const enough of [500, 1500, 3000]) {
        await until(() => board.logged().length > enough, `${String(enough)} tasks to run`);
        process.kill(await within(engine.run('pid', undefined, { priority: 0 }), 'its pid'), 'SIGKILL');
      }
      const { values, lost } = await within(all, 'all to settle');
      assert.equal(values.length + lost.length, tasks.length);
      const runs = new Map<number, number>();
      for (const entry of board.logged()) runs.set(entry, (runs.get(entry) ?? 0) + 1);
      for (const entry of values) assert.equal(runs.get(entry), 1);
      for (const entry of lost) assert.ok((runs.get(entry) ?? 0) <= 1, 'a lost one ran twice');
      assert.ok(lost.length < 1000, `${String(lost.length)} of 6,000 were lost`);
      await engine.drain();
      assertBalance(engine);
    });
  });

  it('takes runMany and kept tasks with it as any other; broadcast reaches the next one', async () => {
    await withEngine({ workers: 2 }, async (engine, board) => {
      const killed = await engine.run('pid');
      const kept = engine.submitTask(engine.taskType('block'), 0);
      const many = assert.rejects(engine.runMany('block', [0, 0, 0, 0]), LOST);
      await board.arrived(0, 2);
      const waiting = assert.rejects(engine.wait(kept), LOST);
      process.kill(killed, 'SIGKILL');
      await within(Promise.all([many, waiting]), 'the lost tasks');
      board.open(0);
      assert.deepEqual(await within(engine.broadcast('whichWorker'), 'the broadcast'), [0, 1]);
    });
  });

  it('numbers of a runMany are lost with it; those that waited on the host do not run', IN_FULL_SET, async () => {
    await withEngine({ workers: 2 }, async (engine, board) => {
      for (let round = 0; round < 3; ++round) {
        const killed = await engine.run('pid');
        const before = board.logged().length;
        const many = engine.runMany(
          'note',
          Array.from({ length: 20_000 }, (_, entry) => entry),
        );
        await until(() => board.logged().length > before, 'the first to run');
        process.kill(killed, 'SIGKILL');
        await assert.rejects(within(many, 'runMany'), LOST);
        const logged = board.logged().length;
        assert.equal(await within(engine.run('squared', 3), 'another one'), 9);
        await engine.drain();
        assert.equal(board.logged().length, logged);
      }
      assert.deepEqual(await within(engine.runMany('squared', [1, 2, 3]), 'the next process'), [1, 4, 9]);
      assertBalance(engine);
    });
  });

  it('runs again what may run again, as often as it may, its payload too', async () => {
    await withEngine({ retry: 1 }, async (engine, board) => {
      const killed = await engine.run('pid');
      const once = engine.run('block', 0, { retry: 0 });
      await board.arrived(0);
      const again = [engine.run('note', 1), engine.submitTask(engine.taskType('note'), 2)] as const;
      const payload = engine.run('echo', 'x'.repeat(20_000), { retry: 3 });
      process.kill(killed, 'SIGKILL');
      await assert.rejects(within(once, 'the one that may not'), { ...LOST, attempts: 1 });
      assert.equal(await within(again[0], 'the second attempt'), 1);
      assert.equal(await within(engine.wait(again[1]), 'the kept one'), 2);
      assert.equal(await within(payload, 'the one with a payload'), 'x'.repeat(20_000));
      assert.deepEqual(board.logged(), [1, 2]);
      await assert.rejects(within(engine.run('crash', 'SIGKILL'), 'the second crash'), {
        ...LOST,
        attempts: 2,
        message: /ended by SIGKILL\), the last of 2 attempts: raise retry if it may run more often$/,
      });
      assert.equal(engine.stats().lost, 2);
      await engine.drain();
      assertBalance(engine);
    });
  });

  it('an abort of native code: the error names the signal', async () => {
    await withEngine({}, async (engine) => {
      const error: unknown = await within(engine.run('crash', 'SIGABRT'), 'the crash').catch(
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof Error && error.cause instanceof Error);
      const { code, worker, attempts, exitCode, signal } = error as unknown as Record<string, unknown>;
      assert.deepEqual(
        { code, worker, attempts, exitCode, signal },
        { code: 'ERR_WORKER_LOST', worker: -1, attempts: 1, exitCode: 134, signal: 'SIGABRT' },
      );
      assert.match(error.message, /"crash" may have been running .*SIGABRT.*: set retry if it may run more than once$/);
      assert.equal(await engine.run('squared', 3), 9);
    });
  });
});

describe('a process whose main thread ends', () => {
  it('by process.exit(): what ran is lost with that exit code', async () => {
    const file = temporary('exit');
    await withEngine(onceThere(file, 'process.exit(3)'), async (engine, board) => {
      const running = engine.run('block', 0);
      await board.arrived(0);
      writeFileSync(file, '');
      await assert.rejects(within(running, 'the lost task'), { ...LOST, exitCode: 3, signal: null });
    });
  });

  it('by an error that nobody catches: that is the cause', async () => {
    const file = temporary('throw');
    await withEngine(onceThere(file, "throw new RangeError('out of bounds')"), async (engine, board) => {
      const lost = once(engine, 'workerLost');
      const running = engine.run('block', 0);
      await board.arrived(0);
      writeFileSync(file, '');
      const error: unknown = await within(running, 'the lost task').catch((reason: unknown) => reason);
      assert.ok(error instanceof Error && error.cause instanceof RangeError);
      assert.equal(error.cause.message, 'out of bounds');
      assert.equal(lossOf(await within(lost, "'workerLost'"))['cause'], error.cause);
    });
  });
});

describe('a process that dies again and again', () => {
  it('without a completed task: the engine gives up with the reason, rejects all, refuses more, and closes', async () => {
    await withEngine({}, async (engine) => {
      const failure = once(engine, 'error');
      const crashes = Promise.allSettled(Array.from({ length: 30 }, () => engine.run('crash', 'SIGKILL')));
      for (const outcome of await within(crashes, 'all to reject')) {
        assert.ok(outcome.status === 'rejected' && (outcome.reason as { code: unknown }).code === 'ERR_WORKER_LOST');
      }
      const [error] = (await within(failure, "'error'")) as [Error];
      assert.match(error.message, /ended 5 times in a row .*SIGKILL.* is given up\. Mend .* create another engine/);
      assert.equal(engine.stats().workers[0]?.state, 'stopped');
      await assert.rejects(engine.run('squared', 1), error);
      assert.throws(() => engine.submitTask(engine.taskType('squared'), 1), error);
      const { lost, cancelled, completed, forced } = await within(engine.close(), 'close()');
      assert.deepEqual([lost + cancelled, completed, forced], [30, 0, false]);
    });
  });

  it('and again its only worker: the engine gives up as soon as the process does', IN_FULL_SET, async () => {
    await withEngine({}, async (engine) => {
      const failure = once(engine, 'error');
      const exits = Promise.allSettled(Array.from({ length: 5 }, () => engine.run('exit', 1)));
      await within(exits, 'the exits');
      await within(failure, "'error'");
      assert.equal(engine.stats().workers[0]?.state, 'stopped'); // not as the last report has it
      assert.equal((await within(engine.close(), 'close()')).forced, false);
    });
  });

  it('with the loss of a worker between the deaths: that is no completed task', IN_FULL_SET, async () => {
    await withEngine({}, async (engine) => {
      const failure = once(engine, 'error');
      for (let death = 0; death < 5; ++death) {
        await assert.rejects(within(engine.run('exit', 1), 'the lost worker'), { ...LOST, worker: 0 });
        await assert.rejects(within(engine.run('crash', 'SIGKILL'), 'the crash'), { ...LOST, worker: -1 });
      }
      const [error] = (await within(failure, "'error'")) as [Error];
      assert.match(error.message, /ended 5 times in a row/);
    });
  });

  it('with a completed task between the deaths: it goes on', async () => {
    await withEngine({}, async (engine) => {
      for (let death = 0; death < 7; ++death) {
        await assert.rejects(within(engine.run('crash', 'SIGKILL'), 'the crash'), LOST);
        assert.equal(await within(engine.run('squared', death), 'the next task'), death * death);
      }
    });
  });

  it('because its modules are gone: the engine says so', IN_FULL_SET, async () => {
    const module = taskModule("export const crash = () => process.kill(process.pid, 'SIGKILL');");
    await withEngine<Record<string, (x?: unknown) => unknown>>({ tasks: module }, async (engine) => {
      const failure = once(engine, 'error');
      renameSync(module, temporary('moved'));
      await assert.rejects(engine.run('crash'), LOST);
      const waiting = assert.rejects(engine.run('echo', 1), { ...LOST, message: /there is none.*is given up/ });
      await within(failure, "'error'");
      await waiting;
    });
  });
});

describe('close', () => {
  it('drains through a death: what was not released runs in the next process', async () => {
    await withEngine({}, async (engine, board) => {
      const killed = await engine.run('pid');
      const gate = assert.rejects(engine.run('block', 0), LOST);
      await board.arrived(0);
      const notes = outcomesOf(Array.from({ length: 100 }, (_, entry) => engine.run('note', entry)));
      const closed = engine.close();
      process.kill(killed, 'SIGKILL');
      const { values, lost } = await within(notes, 'the notes');
      assert.ok(lost.length <= 1);
      await gate;
      const report = await within(closed, 'close()');
      assert.deepEqual(
        { ...report },
        { completed: values.length + 1, failed: 0, cancelled: 0, timedOut: 0, lost: lost.length + 1, forced: false },
      );
    });
  });

  it('by force while there is no process: rejects what waits, and no other process starts', async () => {
    await withEngine({}, async (engine) => {
      const killed = await engine.run('pid');
      const lost = once(engine, 'workerLost');
      let restarts = 0;
      engine.on('workerStarted', () => {
        restarts += 1;
      });
      process.kill(killed, 'SIGKILL');
      await within(lost, "'workerLost'");
      const waiting = Promise.allSettled([engine.run('squared', 1), engine.run('echo', 'x')]);
      const report = await within(engine.close({ drain: false }), 'close()');
      for (const outcome of await waiting) assert.ok(outcome.status === 'rejected' && outcome.reason instanceof Error);
      assert.deepEqual([report.cancelled, report.forced, restarts], [2, true, 0]);
    });
  });

  for (const retry of [0, 1]) {
    // One that is stopped does not answer: the close ends it when its time is up.
    for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
      it(
        `by force, and the process gets ${signal} meanwhile, retry ${String(retry)}: what it had is cancelled`,
        retry === 1 ? IN_FULL_SET : {},
        async () => {
          await withEngine({ retry }, async (engine, board) => {
            const child = await engine.run('pid');
            const tasks = Promise.allSettled([engine.run('block', 0), engine.run('squared', 2)]);
            await board.arrived(0);
            process.kill(child, signal);
            const { cancelled, forced } = await within(engine.close({ drain: false }), 'close()');
            for (const outcome of await within(tasks, 'the tasks')) {
              assert.ok(outcome.status === 'rejected');
              assert.equal((outcome.reason as { code: unknown }).code, 'ERR_CLOSED');
            }
            assert.deepEqual([cancelled, forced, isAlive(child)], [2, true, false]);
            assertBalance(engine);
          });
        },
      );
    }
  }

  it('leaves no process, whatever its workers did', async () => {
    for (const task of ['squared', 'block', 'never'] as const) {
      let child = 0;
      await withEngine({}, async (engine, board) => {
        child = await engine.run('pid');
        engine.on('workerLost', () => assert.fail('a close is no loss'));
        const running = engine.run(task, 0).catch(() => undefined);
        if (task !== 'squared') await board.arrived(0);
        await within(engine.close({ timeoutMs: 20 }), 'close()');
        await running;
        assert.equal(isAlive(child), false);
      });
    }
  });
});

describe('signals to the process group', () => {
  it('are for the host to answer', async () => {
    await withEngine({}, async (engine) => {
      const child = await engine.run('pid');
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const) process.kill(child, signal);
      assert.equal(await engine.run('squared', 5), 25);
      await engine.drain();
      assert.equal(await engine.run('pid'), child);
    });
  });
});
