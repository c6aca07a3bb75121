/** Random programs for a deterministic engine, and the trace of what happened when one was run. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { EngineOptions } from '../../src/scheduler/options.ts';
import { WorkStealingScheduler } from '../../src/scheduler/scheduler.ts';
import { SeededRandom } from '../../src/virtual/seeded-random.ts';
import * as tasks from './program-tasks.js';

type ProgramEngine = WorkStealingScheduler;
type Priority = 0 | 1 | 2 | 3;

const KERNELS = readFileSync(new URL('./kernels.wasm', import.meta.url));
const TASKS = new URL('./program-tasks.js', import.meta.url);
const KERNEL_NAMES = ['square', 'onWorker', 'onWorker', 'fails', 'traps'];

/** One thing that the host of a program does. @returns when it may go on */
type Operation = (stage: Stage) => Promise<unknown> | undefined;

/** What the operations of a running program share. */
interface Stage {
  readonly engine: ProgramEngine;
  readonly trace: string[];
  /** Everything that was begun. */
  readonly begun: Promise<unknown>[];
  readonly aborts: AbortController[];
}

/** A program: how the engine is set up, and what its host does. */
export interface Program {
  readonly options: Pick<EngineOptions, 'workers' | 'concurrency' | 'capacity' | 'starvationInterval'>;
  readonly operations: readonly Operation[];
}

/** The program of a seed. */
export function randomProgram(seed: number): Program {
  const random = new SeededRandom(seed);
  let ids = 0;
  const chance = (percent: number): boolean => random.below(100) < percent;
  const priority = (): Priority => random.below(4) as Priority;
  const step = (depth: number): tasks.Step => ({
    id: ids++,
    ticks: random.below(4),
    throws: chance(15),
    children: depth === 0 || chance(40) ? [] : Array.from({ length: 1 + random.below(3) }, () => child(depth - 1)),
    waits: (['together', 'in turn', 'not'] as const)[random.below(3)] ?? 'not',
  });
  const child = (depth: number): tasks.Child => ({
    task: (['now', 'later', 'whichWorker'] as const)[random.below(3)] ?? 'now',
    step: step(depth),
    priority: priority(),
  });
  const name = (): string => (chance(50) ? 'now' : 'later');
  const kernel = (): string => KERNEL_NAMES[random.below(KERNEL_NAMES.length)] ?? 'square';
  const steps = (most: number): tasks.Step[] => Array.from({ length: 1 + random.below(most) }, () => step(1));
  const make: (() => Operation)[] = [
    () => runs(name(), step(2), priority()),
    () => runs(name(), step(2), priority()),
    () => abortable(name(), step(2), priority()),
    () => abortable(name(), step(2), priority()),
    () => aborts(random.below(2)),
    () => aborts(random.below(2)),
    () => many(name(), steps(8), priority()),
    () => maps(name(), steps(6), chance(50)),
    () => kernels(kernel(), 1 + random.below(40), priority()),
    () => keeps(chance(50) ? 'note' : 'onWorker', ids++, priority(), (['wait', 'release'] as const)[random.below(2)]),
    () => posts(name(), step(1)),
    () => broadcasts(),
    () => awaits(random.below(8)),
    () => drains(),
  ];
  const options = {
    workers: 1 + random.below(4),
    concurrency: 1 + random.below(3),
    capacity: [4, 16, 64][random.below(3)] ?? 64,
    starvationInterval: [0, 4, 64][random.below(3)] ?? 64,
  };
  const operations = Array.from({ length: 3 + random.below(9) }, () => make[random.below(make.length)]?.() ?? drains());
  return { options, operations };
}

/** Runs a program on a deterministic engine. @returns what happened, in order */
export async function play(program: Program, seed: number): Promise<readonly string[]> {
  const trace = tasks.beginTrace();
  const engine = await WorkStealingScheduler.start({
    ...program.options,
    tasks: TASKS,
    kernels: KERNELS,
    memory: { poolBytes: 1 << 20 }, // never used up: errors are as long as their stacks, which differ among runtimes
    workerData: 'copied',
    deterministic: { seed },
  });
  engine.on('taskError', ({ task, error }) => trace.push(`post ${task} ${codeOf(error)}`));
  engine.on('drain', () => trace.push('drained'));
  const stage: Stage = { engine, trace, begun: [], aborts: [] };
  for (const operation of program.operations) await operation(stage);
  await Promise.all(stage.begun);
  trace.push(JSON.stringify(await engine.close()));
  return trace;
}

/** A few letters for a trace. */
export function hashOf(trace: readonly string[]): string {
  return createHash('sha256').update(trace.join('\n')).digest('hex').slice(0, 16);
}

function codeOf(error: unknown): string {
  return String(Reflect.get(error as object, 'code'));
}

/** Writes down how a promise settles. */
function watch({ trace, begun }: Stage, what: string, promise: Promise<unknown>): void {
  const noted = promise.then(
    (value) => trace.push(`${what}: ${String(value)}`),
    (error: unknown) => trace.push(`${what}: ${codeOf(error)}`),
  );
  begun.push(noted);
}

function runs(name: string, step: tasks.Step, priority: Priority): Operation {
  return (stage) => {
    watch(stage, `run ${String(step.id)}`, stage.engine.run(name, step, { priority }));
    return undefined;
  };
}

function abortable(name: string, step: tasks.Step, priority: Priority): Operation {
  return (stage) => {
    const controller = new AbortController();
    stage.aborts.push(controller);
    watch(stage, `abortable ${String(step.id)}`, stage.engine.run(name, step, { priority, signal: controller.signal }));
    return undefined;
  };
}

function aborts(which: number): Operation {
  return ({ aborts: controllers }) => {
    controllers.at(-1 - (which % Math.max(1, controllers.length)))?.abort();
    return undefined;
  };
}

function many(name: string, steps: readonly tasks.Step[], priority: Priority): Operation {
  return (stage) => {
    watch(stage, `many ${String(steps[0]?.id)}`, stage.engine.runMany(name, steps, { priority }));
    return undefined;
  };
}

function maps(name: string, steps: readonly tasks.Step[], ordered: boolean): Operation {
  return (stage) => {
    const consume = async (): Promise<string> => {
      const results: unknown[] = [];
      for await (const result of stage.engine.map(name, steps, { ordered, concurrency: 2 })) results.push(result);
      return results.join();
    };
    watch(stage, `map ${String(steps[0]?.id)}`, consume());
    return undefined;
  };
}

function kernels(name: string, count: number, priority: Priority): Operation {
  return (stage) => {
    for (let i = 0; i < count; ++i) watch(stage, name, stage.engine.run(name, i, { priority }));
    return undefined;
  };
}

function keeps(name: string, x: number, priority: Priority, end: 'wait' | 'release' | undefined): Operation {
  return (stage) => {
    const { engine, trace } = stage;
    try {
      const id = engine.submitTask(engine.taskType(name), x, priority);
      trace.push(`${name} ${String(x)} ${engine.poll(id)}`);
      if (end === 'wait') watch(stage, `kept ${String(x)}`, engine.wait(id));
      else engine.release(id);
    } catch (error) {
      trace.push(`kept ${String(x)}: ${codeOf(error)}`);
    }
    return undefined;
  };
}

function posts(name: string, step: tasks.Step): Operation {
  return ({ engine }) => {
    engine.post(name, step);
    return undefined;
  };
}

function broadcasts(): Operation {
  return (stage) => {
    watch(stage, 'broadcast', stage.engine.broadcast('whichWorker'));
    return undefined;
  };
}

function awaits(which: number): Operation {
  return ({ begun }) => begun[which];
}

function drains(): Operation {
  return ({ engine }) => engine.drain();
}
