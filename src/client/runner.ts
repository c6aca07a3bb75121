import { WorkStealingError } from '../base/errors.ts';
import type { TaskId, TaskState } from './task-id.ts';
import { type MapOptions, TaskMap } from './map.ts';
import { Group } from './group.ts';
import { timeoutError } from './outcome.ts';
import { Control, Pending } from './pending.ts';
import { abortedError } from './refusal.ts';
import {
  checkPriority,
  checkRunOptions,
  invalid,
  isPriorityOnly,
  KILL_GRACE_MS,
  Priority,
  type RunOptions,
} from './run-options.ts';
import { StartWatch } from './start-watch.ts';
import type { TaskClient } from './task-client.ts';
import { type TaskType, unknownTask } from './task-type.ts';

/** Told of a posted task that failed: nobody holds a promise of it. */
export type PostListener = (task: string, error: unknown) => void;

/** Names and options become tasks: what `run`, `runMany`, `map`, `post` and `submitTask` mean in any thread. */
export class Runner {
  readonly #client: TaskClient;
  readonly #workers: number;
  readonly #onPostError: PostListener;
  readonly #startWatch: StartWatch;
  /** What was looked up last. */
  #lastTask: TaskType | undefined;

  // The two functions of the promise that is being made, without a closure a call.
  #resolve: (value: unknown) => void = ignore;
  #reject: (error: unknown) => void = ignore;
  readonly #capture = (resolve: (value: unknown) => void, reject: (error: unknown) => void): void => {
    this.#resolve = resolve;
    this.#reject = reject;
  };

  constructor(client: TaskClient, workers: number, onPostError: PostListener) {
    this.#client = client;
    this.#workers = workers;
    this.#onPostError = onPostError;
    this.#startWatch = new StartWatch(client);
  }

  /** Runs a task. Rejects, never throws. */
  run(name: string, input?: unknown, options?: RunOptions): Promise<unknown> {
    const promise = new Promise(this.#capture);
    const resolve = this.#resolve;
    const reject = this.#reject;
    try {
      const given = options === undefined ? undefined : checkRunOptions(options);
      const task = this.#check(name); // after the options: a getter of theirs may close
      const simple = given === undefined || isPriorityOnly(given);
      const priority = given?.priority ?? Priority.Normal;
      this.#seePressure(priority);
      if (!simple || typeof input !== 'number' || !this.#client.submitNumber(task.type, priority, input, resolve)) {
        const pending = new Pending(task, resolve, reject, true);
        this.#startPrepared(pending, input, priority, simple ? undefined : given, -1, false);
      }
    } catch (error) {
      reject(error);
    }
    return promise;
  }

  /** Runs a task whose result nobody wants; a failure goes to the listener. Never throws. */
  post(name: string, input?: unknown, options?: RunOptions): void {
    const reject = (error: unknown): void => {
      this.#onPostError(name, error);
    };
    this.#start(name, input, options, ignore, reject);
  }

  /** Runs a task for each input; those that get a slot are published together, 1,024 at a time. Results in order; first failure rejects. */
  async runMany(name: string, inputs: Iterable<unknown>, options?: RunOptions): Promise<unknown[]> {
    const given = options === undefined ? undefined : checkRunOptions(options);
    const task = this.#check(name);
    if (typeof (inputs as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== 'function') {
      throw invalid('inputs', 'an iterable', inputs);
    }
    const all = [...inputs];
    if (all.length === 0) return [];
    this.#seeOpen(); // the iterator may have closed it
    return new Promise<unknown[]>((resolve, reject) => {
      const group = new Group(task, all.length, { resolve, reject }, (cancelled) => {
        this.#client.singleOut(group);
        for (const pending of group.pendings) this.#endMember(pending);
        this.#client.afterCancels(cancelled);
      });
      this.#startAll(all, given, group);
    });
  }

  /** Runs a task for each item, a bounded number at once. */
  map(
    name: string,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options: MapOptions = {},
  ): AsyncIterableIterator<unknown> {
    return new TaskMap(
      {
        check: () => this.#check(name),
        start: (input, limits, resolve, reject) => {
          const pending = new Pending(this.#check(name), resolve, reject);
          this.#submit(pending, input, limits);
          return pending;
        },
        cancel: (pending, error) => {
          this.#end(pending, error, 'cancelled');
        },
        afterCancels: (act) => {
          this.#client.afterCancels(act);
        },
      },
      items,
      options,
      4 * this.#workers,
    );
  }

  /** Runs a task on each of the first `workers` workers. */
  broadcast(name: string, input: unknown): Promise<unknown[]> {
    return Promise.all(
      Array.from({ length: this.#workers }, (_, worker) => {
        const promise = new Promise(this.#capture);
        this.#start(name, input, undefined, this.#resolve, this.#reject, worker);
        return promise;
      }),
    );
  }

  /** Number of a task, for `submitTask`. @throws WorkStealingError ERR_UNKNOWN_TASK */
  taskType(name: string): number {
    const task = this.#client.tasks.get(name);
    if (task === undefined) throw unknownTask(name, this.#client.tasks);
    return task.type;
  }

  /** Submits a number without a promise. @throws WorkStealingError ERR_QUEUE_FULL, ERR_UNKNOWN_TASK, ERR_INVALID_OPTION */
  submitTask(type: number, argument: number, priority: Priority = Priority.Normal): TaskId {
    this.#seeOpen();
    if (!Number.isInteger(type) || type < 0 || type >= this.#client.tasks.size) {
      throw new WorkStealingError('ERR_UNKNOWN_TASK', `expected a number from taskType(), got ${String(type)}`);
    }
    if (typeof argument !== 'number') throw invalid('argument', 'a number', argument);
    checkPriority(priority);
    this.#seePressure(priority);
    return this.#client.submitKept(type, argument, priority);
  }

  /** The result of a `submitTask`; its id is stale from here on. */
  wait(id: TaskId): Promise<number> {
    return new Promise<number>((resolve, reject) => {
      this.#client.inFlight.awaitKept(id, { resolve: resolve, reject });
    });
  }

  /** Where a task stands; it keeps its slot. @throws WorkStealingError ERR_STALE_TASK */
  poll(id: TaskId): TaskState {
    return this.#client.inFlight.kept.stateOf(id);
  }

  /** Gives up the result. @throws WorkStealingError ERR_STALE_TASK */
  release(id: TaskId): void {
    this.#client.releaseKept(id);
  }

  #seeOpen(): void {
    const refusal = this.#client.refusal();
    if (refusal !== undefined) throw refusal;
  }

  #check(name: string): TaskType {
    this.#seeOpen();
    // The same one, mostly. Before the first there is none, which is what no name at all is.
    const task = this.#lastTask?.name === name ? this.#lastTask : this.#client.tasks.get(name);
    if (task === undefined) throw unknownTask(name, this.#client.tasks);
    this.#lastTask = task;
    return task;
  }

  #seePressure(priority: number): void {
    const refusal = this.#client.pressed(priority);
    if (refusal !== undefined) throw refusal;
  }

  #start(
    name: string,
    input: unknown,
    options: RunOptions | undefined,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
    worker = -1,
  ): void {
    try {
      const given = options === undefined ? undefined : checkRunOptions(options);
      this.#submit(new Pending(this.#check(name), resolve, reject), input, given, worker);
    } catch (error) {
      reject(error);
    }
  }

  #submit(pending: Pending, input: unknown, options: RunOptions | undefined, worker = -1): void {
    const priority = options?.priority ?? Priority.Normal;
    const simple = options === undefined || isPriorityOnly(options);
    this.#seePressure(priority);
    if (typeof input === 'number' && simple && worker < 0) {
      if (this.#client.submitNumber(pending.task.type, priority, input, pending)) return;
    }
    this.#startPrepared(pending, input, priority, simple ? undefined : options, worker, false);
  }

  #startPrepared(
    pending: Pending,
    input: unknown,
    priority: Priority,
    options: RunOptions | undefined,
    worker: number,
    later: boolean,
  ): void {
    const { writer } = this.#client;
    const aborted = abortOf(options);
    if (aborted !== undefined) throw aborted;
    const preferred = options?.node === undefined ? -1 : this.#client.nodeIndex(options.node);
    this.#client.makeRoom(priority); // before the encoder holds anything: settling may submit
    writer.prepareInput(input, pending.task.kernel);
    const refused = abortOf(options) ?? this.#client.refusal(); // a getter of the input may have aborted, or closed
    if (refused !== undefined) {
      writer.encoder.discard();
      throw refused;
    }
    if (options !== undefined) {
      pending.control = this.#control(pending, options);
      pending.killGraceMs = options.killGraceMs ?? KILL_GRACE_MS;
      pending.retry = options.retry ?? -1;
      pending.preferred = preferred;
    }
    try {
      pending.borrow(writer.encoder.shared);
      this.#client.submitPrepared(pending, priority, worker, later);
    } catch (error) {
      pending.control?.release();
      pending.giveBack();
      throw error;
    }
  }

  #startAll(inputs: readonly unknown[], options: RunOptions | undefined, group: Group): void {
    const priority = options?.priority ?? Priority.Normal;
    const controlled = options !== undefined && !isPriorityOnly(options);
    for (let position = 0; position < inputs.length && !group.failed;) {
      try {
        this.#seePressure(priority);
        const started = controlled ? 0 : this.#client.submitMembers(group, priority, inputs, position);
        if (started === 0)
          this.#startMember(group, position, inputs[position], priority, controlled ? options : undefined);
        position += Math.max(1, started);
      } catch (error) {
        group.fail(error); // cancels those before it, which nobody has seen yet
      }
    }
    this.#client.publish();
  }

  #startMember(
    group: Group,
    position: number,
    input: unknown,
    priority: Priority,
    options: RunOptions | undefined,
  ): void {
    const pending = group.member(position);
    this.#startPrepared(pending, input, priority, options, -1, true);
    if (group.failed) this.#endMember(pending); // another one failed before this one was submitted
  }

  #endMember(pending: Pending): void {
    this.#end(pending, abortedError('another task of its runMany failed'), 'cancelled');
  }

  #control(pending: Pending, options: RunOptions): Control {
    const { signal, startWithinMs, timeoutMs } = options;
    const abort = (): void => {
      this.#end(pending, abortedError('its signal', signal?.reason), 'cancelled');
    };
    const control = new Control(signal, abort, timeoutMs);
    if (startWithinMs !== undefined) {
      control.after(startWithinMs, () => {
        const tell = (startedUs: number): void => {
          if (startedUs < 0) this.#end(pending, deadlineError(pending.task, startWithinMs), 'timedOut');
        };
        this.#client.askStart(pending, tell, true);
      });
    }
    if (timeoutMs !== undefined) this.#limitRun(pending, control, timeoutMs);
    return control;
  }

  // The time begins with the task: a timer that fires too early looks at the start.
  #limitRun(pending: Pending, control: Control, timeoutMs: number): void {
    const ask = (): void => {
      this.#client.askStart(pending, see, false);
    };
    const see = (startedUs: number): void => {
      if (startedUs < 0) {
        control.unstarted = this.#startWatch.watch(pending, timeoutMs, see);
        return;
      }
      const leftMs = timeoutMs - (this.#client.now() - startedUs) / 1000;
      if (leftMs > 0) control.after(Math.max(1, leftMs), ask);
      else this.#end(pending, timeoutError(pending.task, timeoutMs), 'timedOut');
    };
    control.after(timeoutMs, ask);
  }

  #end(pending: Pending, error: Error, as: 'cancelled' | 'timedOut'): void {
    if (this.#client.settleEarly(pending, error)) this.#client.counts[as] += pending.size;
  }
}

function ignore(): void {
  // Nobody wants to know.
}

function abortOf(options: RunOptions | undefined): Error | undefined {
  return options?.signal?.aborted === true ? abortedError('its signal', options.signal.reason) : undefined;
}

function deadlineError(task: TaskType, startWithinMs: number): WorkStealingError {
  return new WorkStealingError(
    'ERR_DEADLINE',
    `expected task ${JSON.stringify(task.name)} to start within ${String(startWithinMs)} ms of its submission: raise its priority`,
    { name: 'TimeoutError', startWithinMs, task: task.name },
  );
}
