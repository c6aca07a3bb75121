/** Tasks of random programs: each writes into a trace what it does. They run on the thread that reads it. */
import type { TaskContext } from '../../src/worker/task-context.ts';

/** A task and those that it runs. */
export interface Step {
  readonly id: number;
  /** Promises that have settled already and that it awaits first. */
  readonly ticks: number;
  readonly throws: boolean;
  readonly children: readonly Child[];
  /** How it runs them. */
  readonly waits: 'together' | 'in turn' | 'not';
}

/** A nested task. */
export interface Child {
  readonly task: 'now' | 'later' | 'whichWorker';
  readonly step: Step;
  readonly priority: 0 | 1 | 2 | 3;
}

let trace: string[] = [];

/** A new trace begins. @returns it */
export function beginTrace(): string[] {
  trace = [];
  return trace;
}

export function setup(worker: unknown): void {
  trace.push(`setup ${String(worker)}`);
}

export function teardown(): void {
  trace.push('teardown');
}

/** Does everything at once; its nested tasks go their own way. */
export function now({ id, throws, children }: Step, context: TaskContext): number {
  trace.push(`+${String(id)} on ${String(context.workerIndex)}`);
  for (const child of children) void runChild(child, context);
  if (throws) throw new RangeError(`task ${String(id)}`);
  return id;
}

/** Awaits a few promises, then its nested tasks. @returns how many there were below it */
export async function later({ id, ticks, throws, children, waits }: Step, context: TaskContext): Promise<number> {
  trace.push(`+${String(id)} on ${String(context.workerIndex)}`);
  for (let tick = 0; tick < ticks; ++tick) await Promise.resolve();
  let below = children.length;
  if (waits === 'in turn') for (const child of children) below += await runChild(child, context);
  const running = waits === 'in turn' ? [] : children.map((child) => runChild(child, context));
  if (waits === 'together') for (const each of await Promise.all(running)) below += each;
  trace.push(`-${String(id)}${context.cancelled ? ' cancelled' : ''}`);
  if (throws) throw new RangeError(`task ${String(id)}`);
  return below;
}

/** Logs a number. */
export function note(x: number, context: TaskContext): number {
  trace.push(`note ${String(x)} on ${String(context.workerIndex)}`);
  return x;
}

export function whichWorker(_input: unknown, context: TaskContext): number {
  trace.push(`which ${String(context.workerIndex)}`);
  return context.workerIndex;
}

async function runChild({ task, step, priority }: Child, context: TaskContext): Promise<number> {
  try {
    return (await context.run(task, step, { priority })) as number;
  } catch (error) {
    trace.push(`${String(step.id)} ${String(Reflect.get(error as object, 'code'))}`);
    return 0;
  }
}
