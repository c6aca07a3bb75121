/** What must compile does; what must not is marked, so that tsc fails when it does. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type * as package_ from '../../src/index.ts';
import {
  createEngine,
  type Engine,
  type EngineStats,
  Priority,
  type SchedulerEvents,
  type SharedBuffer,
  type SharedRange,
  type TaskInput,
  type TaskName,
} from '../../src/index.ts';
import { attach } from '../../src/worker/context.ts';
import { TASKS, type Tasks } from '../support/engines.ts';
import { projectRoot } from '../support/project.ts';

/** Compiled, never called. */
async function compiles(engine: Engine<Tasks>): Promise<unknown> {
  const squared: number = await engine.run('squared', 2);
  const later: number = await engine.run('squaredLater', 2, { priority: Priority.Critical, timeoutMs: 5 });
  const near: number = await engine.run('squared', 2, { node: 1 });
  const counted: number = await engine.run('count', undefined, { priority: Priority.Low });
  const sums: number[] = await engine.runMany('sum', [[1], [2, 3]]);
  const everywhere: number[] = await engine.broadcast('whichWorker');
  const mapped: AsyncIterable<number> = engine.map('squared', [1, 2], { ordered: false });
  const stats: EngineStats = engine.stats();
  engine.post('note', 1);
  engine.on('taskError', ({ task, error }) => [task satisfies string, error satisfies unknown]);
  engine.on('pressure', (pressure) => {
    if (pressure.resource === 'heap') return pressure.worker satisfies number;
    return pressure.level satisfies 'none' | 'shed' | 'refuse';
  });
  engine.on('degraded', ({ metric, value, threshold }) => [metric satisfies string, value - threshold]);
  engine.on('recovered', ({ metric }) => metric satisfies string);
  const pauses: number | undefined = stats.workers[0]?.gcPauseNs?.max;

  // @ts-expect-error no task has this name
  await engine.run('nobody', 1);
  // @ts-expect-error the input is missing
  await engine.run('squared');
  // @ts-expect-error the input has another type
  await engine.run('squared', 'two');
  // @ts-expect-error one of the inputs has another type
  await engine.runMany('squared', [1, 'two']);
  // @ts-expect-error the items have another type
  engine.map('squared', ['one']);
  // @ts-expect-error the input is missing
  engine.post('note');
  // @ts-expect-error there is no such priority
  await engine.run('squared', 2, { priority: 4 });
  // @ts-expect-error there is no such option
  await engine.run('squared', 2, { urgent: true });
  // @ts-expect-error a constant of the module is no task
  await engine.run('SETUPS');
  await createEngine<Tasks>({ tasks: TASKS, numa: { nodes: [0, 1], policy: 'roundRobin', pin: 'core' } });
  const { efficiency, threadMigrations } = engine.numa.stats();
  const numbers: (number | null)[] = [efficiency, threadMigrations, engine.numa.currentEfficiency()];
  // @ts-expect-error there is no such policy
  await createEngine<Tasks>({ tasks: TASKS, numa: { policy: 'nearest' } });
  // @ts-expect-error there is no such option
  await createEngine<Tasks>({ tasks: TASKS, numa: { node: 1 } });
  // @ts-expect-error it is no switch
  await createEngine<Tasks>({ tasks: TASKS, numa: true });
  // @ts-expect-error nodes have numbers
  await engine.run('squared', 2, { node: 'first' });
  // @ts-expect-error there is no such percentile
  await createEngine<Tasks>({ tasks: TASKS, objectives: { critical: { p999Us: 1000 }, low: { p95Us: 5000 } } });
  // @ts-expect-error there is no such event
  const event: keyof SchedulerEvents = 'finished';
  // @ts-expect-error the lowest level belongs to WorkStealingScheduler
  const { submitTask } = engine;
  return [squared, near, numbers, later, counted, sums, everywhere, mapped, stats, pauses, event, submitTask];
}

async function attachedIsTyped(engine: Engine<Tasks>): Promise<number[]> {
  const attached = attach<Tasks>(engine.attach());
  attached.on('taskError', ({ task }) => task satisfies string);
  // @ts-expect-error the input has another type
  await attached.run('squared', 'two');
  // @ts-expect-error an attached thread hears of no workers
  attached.on('workerLost', () => undefined);
  return [await attached.run('squared', 2), ...(await attached.runMany('squaredLater', [3]))];
}

async function resultsAreTyped(engine: Engine<Tasks>): Promise<string[]> {
  // @ts-expect-error the result is a number
  const one: string = await engine.run('squared', 2);
  // @ts-expect-error the results are numbers
  const many: string[] = await engine.runMany('squaredLater', [2]);
  return [one, ...many];
}

async function sharedMemoryIsTyped(engine: Engine<Tasks>): Promise<unknown> {
  using buffer: SharedBuffer = engine.allocate(8);
  const part: SharedRange = buffer.subarray(4);
  const floats: Float64Array = buffer.view(Float64Array);
  const data: DataView = part.view(DataView);
  const size: number = await engine.run('size', buffer);
  const sizes: number[] = await engine.runMany('size', [part, new Uint8Array(2), buffer]);
  const mapped: AsyncIterable<number> = engine.map('size', [buffer]);
  engine.post('echo', buffer, { priority: Priority.Low });
  // @ts-expect-error the task takes a number
  await engine.run('squared', buffer);
  // @ts-expect-error a part is freed with its buffer
  const { free } = part;
  // @ts-expect-error an array has another form
  buffer.view(Array);
  const attached = attach<Tasks>(engine.attach());
  // @ts-expect-error attached threads do not allocate
  attached.allocate(8);
  return [floats, data, size, sizes, mapped, free];
}

async function untyped(engine: Engine): Promise<void> {
  await engine.run('anything', { of: 'any' }, { priority: Priority.High });
  await engine.run('anything');
}

async function disposes(): Promise<void> {
  await using engine = await createEngine<Tasks>({ tasks: TASKS, workers: 1 });
  assert.equal(await engine.run('squared', 4), 16);
}

describe('types', () => {
  it('names, inputs and results come from the task module', () => {
    assert.equal(typeof compiles, 'function');
    assert.equal(typeof untyped, 'function');
    assert.equal(typeof attachedIsTyped, 'function');
    assert.equal(typeof sharedMemoryIsTyped, 'function');
    assert.equal(typeof resultsAreTyped, 'function');
    const name: TaskName<Tasks> = 'squared';
    const input: TaskInput<Tasks, 'squared'> = 2;
    assert.deepEqual([name, input], ['squared', 2]);
  });

  it('await using closes the engine', async () => {
    await disposes();
  });
});

describe('the compiled package', () => {
  it('can be required', async () => {
    const require = createRequire(join(projectRoot, 'package.json'));
    const tallyio = require('tallyio') as typeof package_;
    const engine = await tallyio.createEngine<Tasks>({ tasks: TASKS, workers: 1 });
    assert.equal(await engine.run('squared', 12), 144);
    await engine.close();
    const worker = require('tallyio/worker') as Record<string, unknown>;
    assert.deepEqual([typeof worker['attach'], typeof worker['currentContext']], ['function', 'function']);
  });
});
