import { EventEmitter } from 'node:events';
import { queueMicrotask } from '../base/timers.ts';
import type { MapOptions } from '../client/map.ts';
import type { Priority, RunOptions } from '../client/run-options.ts';
import { Runner } from '../client/runner.ts';
import type { TaskClient } from '../client/task-client.ts';
import type { TaskId, TaskState } from '../client/task-id.ts';
import type { AnyTasks, GivenInput, RunArgs, TaskInput, TaskName, TaskResult } from './task-signature.ts';

/** A posted task failed, or was refused. */
export interface TaskErrorEvent {
  /** Its name. */
  readonly task: string;
  /** What `run` would have rejected with. */
  readonly error: unknown;
}

/** Events of everyone that submits. */
export interface SubmitterEvents {
  /** A posted task failed; a process warning when nobody listens. */
  taskError: [TaskErrorEvent];
}

/** A thread that submits tasks to a scheduler and gets their results: its host, or a thread that has attached. */
export abstract class Submitter<
  T = AnyTasks,
  Events extends SubmitterEvents & Record<keyof Events, unknown[]> = SubmitterEvents,
> extends EventEmitter<Events> {
  readonly #runner: Runner;

  /** @internal */
  protected constructor(client: TaskClient, workers: number) {
    super();
    this.#runner = new Runner(client, workers, (task, error) => {
      this.postFailed(task, error);
    });
  }

  /** Runs a task. @returns its result; rejects with a TallyError, never throws */
  run<K extends TaskName<T>>(
    name: K,
    ...args: RunArgs<GivenInput<TaskInput<T, K>>, RunOptions>
  ): Promise<TaskResult<T, K>> {
    return this.#runner.run(name, args[0], args[1]) as Promise<TaskResult<T, K>>;
  }

  /** Runs a task for each input; they are published together, 1,024 at a time. @returns results in order; the first failure rejects */
  runMany<K extends TaskName<T>>(
    name: K,
    inputs: Iterable<GivenInput<TaskInput<T, K>>>,
    options?: RunOptions,
  ): Promise<TaskResult<T, K>[]> {
    return this.#runner.runMany(name, inputs, options) as Promise<TaskResult<T, K>[]>;
  }

  /** Runs a task for each item, a bounded number at once; the first failure ends it. */
  map<K extends TaskName<T>>(
    name: K,
    items: Iterable<GivenInput<TaskInput<T, K>>> | AsyncIterable<GivenInput<TaskInput<T, K>>>,
    options?: MapOptions,
  ): AsyncIterableIterator<TaskResult<T, K>> {
    return this.#runner.map(name, items, options) as AsyncIterableIterator<TaskResult<T, K>>;
  }

  /** Runs a task whose result nobody wants. A failure is a 'taskError' event, a process warning when nobody listens. */
  post<K extends TaskName<T>>(name: K, ...args: RunArgs<GivenInput<TaskInput<T, K>>, RunOptions>): void {
    this.#runner.post(name, args[0], args[1]);
  }

  /** Number of a kernel or handler, for `submitTask`. @throws WorkStealingError ERR_UNKNOWN_TASK */
  taskType(name: TaskName<T>): number {
    return this.#runner.taskType(name);
  }

  /**
   * Submits a task without a promise and without an allocation. Its slot is kept until `wait` or `release`.
   *
   * @throws WorkStealingError ERR_QUEUE_FULL, ERR_UNKNOWN_TASK, ERR_INVALID_OPTION, ERR_CLOSED
   */
  submitTask(type: number, argument: number, priority?: Priority): TaskId {
    return this.#runner.submitTask(type, argument, priority);
  }

  /** The result of a submitted task. Releases it: the id is stale from here on. */
  wait(id: TaskId): Promise<number> {
    return this.#runner.wait(id);
  }

  /** Where a submitted task stands. @throws WorkStealingError ERR_STALE_TASK */
  poll(id: TaskId): TaskState {
    return this.#runner.poll(id);
  }

  /** Gives up the result of a submitted task. @throws WorkStealingError ERR_STALE_TASK */
  release(id: TaskId): void {
    this.#runner.release(id);
  }

  /** @internal */
  protected get runner(): Runner {
    return this.#runner;
  }

  /** @internal */
  protected postFailed(given: unknown, error: unknown): void {
    const emitter = this as EventEmitter;
    const task = typeof given === 'string' ? given : typeof given; // String() of some objects throws
    if (emitter.listenerCount('taskError') > 0) emitLater(emitter, 'taskError', { task, error });
    else process.emitWarning(`${task}: ${error instanceof Error ? error.message : String(error)}`, 'TallyioWarning');
  }

  /** @internal */
  protected announce<K extends keyof Events & string>(event: K, ...args: Events[K]): void {
    emitLater(this as EventEmitter, event, ...args);
  }
}

// In a microtask of its own: a listener that throws must not cut off the completions that are being drained.
function emitLater(emitter: EventEmitter, event: string, ...args: readonly unknown[]): void {
  queueMicrotask(() => {
    emitter.emit(event, ...args);
  });
}
