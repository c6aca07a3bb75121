import { WorkStealingError } from '../base/errors.ts';
import { Pending, type Settler, WAITING } from '../client/pending.ts';
import type { KeptView } from '../client/task-client.ts';
import type { TaskId, TaskState } from '../client/task-id.ts';
import type { TaskType } from '../client/task-type.ts';

/** A task of `submitTask`; its outcome is kept until somebody wants it. */
interface KeptTask {
  readonly pending: Pending;
  /** How it ended. */
  outcome:
    { readonly state: 'done' | 'failed' | 'cancelled'; readonly deliver: (settler: Settler) => void } | undefined;
  waiter: Settler | undefined;
}

/** The tasks of `submitTask` as the host knows them: one that was released to the process counts as running. */
export class RemoteKept implements KeptView {
  /** As the runner looks for it. */
  readonly kept: KeptView = this;
  /** Ended, and neither awaited nor released. */
  endedCount = 0;
  readonly #tasks = new Map<TaskId, KeptTask>();
  #lastId = 0;

  /** A task is submitted. */
  add(task: TaskType): { readonly id: TaskId; readonly pending: Pending } {
    this.#lastId += 1;
    const id = this.#lastId as TaskId;
    const pending = new Pending(
      task,
      (value) => {
        this.#end(id, 'done', (settler) => {
          settler.resolve(value);
        });
      },
      (error) => {
        this.#end(id, isClosed(error) ? 'cancelled' : 'failed', (settler) => {
          settler.reject(error);
        });
      },
    );
    this.#tasks.set(id, { pending, outcome: undefined, waiter: undefined });
    return { id, pending };
  }

  stateOf(id: TaskId): TaskState {
    const { outcome, pending } = this.#taskOf(id);
    return outcome?.state ?? (pending.index === WAITING ? 'queued' : 'running');
  }

  awaitKept(id: TaskId, settler: Settler): void {
    const task = this.#taskOf(id);
    if (task.outcome === undefined) {
      task.waiter = settler;
      return;
    }
    this.#forget(id);
    task.outcome.deliver(settler);
  }

  /** Nobody wants the result. @returns the task, if it has not ended */
  release(id: TaskId): Pending | undefined {
    const { outcome, pending } = this.#taskOf(id);
    this.#tasks.delete(id);
    if (outcome === undefined) return pending;
    this.endedCount -= 1;
    return undefined;
  }

  #end(id: TaskId, state: 'done' | 'failed' | 'cancelled', deliver: (settler: Settler) => void): void {
    const task = this.#tasks.get(id);
    if (task === undefined) return; // released before it ended
    if (task.waiter === undefined) {
      task.outcome = { state, deliver };
      this.endedCount += 1;
      return;
    }
    this.#tasks.delete(id);
    deliver(task.waiter);
  }

  #forget(id: TaskId): void {
    this.#tasks.delete(id);
    this.endedCount -= 1;
  }

  #taskOf(id: TaskId): KeptTask {
    const task = this.#tasks.get(id);
    if (task !== undefined && task.waiter === undefined) return task;
    const given: unknown = id; // parsed here: the border to untyped callers
    throw new WorkStealingError(
      'ERR_STALE_TASK',
      `expected the id of a task that is neither awaited nor released, got ${typeof given === 'number' ? String(given) : typeof given}: each id is good for one wait() or release()`,
    );
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof WorkStealingError && error.code === 'ERR_CLOSED';
}
