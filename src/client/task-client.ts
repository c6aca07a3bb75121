import type { Encoder } from '../codec/encode.ts';
import type { SharedRange } from '../codec/shared-range.ts';
import type { Counts } from './counts.ts';
import type { InputWriter } from './input-writer.ts';
import type { Group } from './group.ts';
import type { Pending, Resolve, Settler } from './pending.ts';
import type { TaskId, TaskState } from './task-id.ts';
import type { TaskTable } from './task-type.ts';

/** The tasks of `submitTask` that were neither awaited nor released. */
export interface KeptView {
  /** @throws WorkStealingError ERR_STALE_TASK */
  stateOf(id: TaskId): TaskState;
}

/**
 * What the runner needs to run tasks, wherever they run: in shared memory (client.ts) or in a node process
 * (node-process/remote-client.ts).
 */
export interface TaskClient {
  readonly tasks: TaskTable;
  readonly counts: Counts;
  /** Microseconds by the clock of `startedAt`. */
  readonly now: () => number;
  /** Prepares the input that `submitPrepared` takes. */
  readonly writer: Pick<InputWriter, 'prepareInput'> & {
    readonly encoder: Pick<Encoder, 'discard'> & { readonly shared?: SharedRange | undefined };
  };
  readonly inFlight: {
    readonly kept: KeptView;
    /** The result of a kept task; releases it. @throws WorkStealingError ERR_STALE_TASK */
    awaitKept(id: TaskId, settler: Settler): void;
  };
  /** Why nothing can be submitted; undefined when it can. */
  refusal(): Error | undefined;
  /** Why a task of this priority is not taken while memory is short; undefined when it is. Nested tasks always are. */
  pressed(priority: number): Error | undefined;
  /**
   * Submits a number without options.
   *
   * @param entry who gets the outcome
   * @returns false when it must go the long way
   */
  submitNumber(type: number, priority: number, value: number, entry: Pending | Resolve): boolean;
  /**
   * Submits members of a group without options, for `inputs` from `from` on; publishes them with those that follow, by `publish` at the
   * latest.
   *
   * @returns how many, 0 when the next one must go the long way
   * @throws WorkStealingError ERR_QUEUE_FULL when too many wait already; what is wrong with an input: then no more are submitted
   */
  submitMembers(group: Group, priority: number, inputs: readonly unknown[], from: number): number;
  /** Makes a `Pending` of each member of a group that is known by its position. */
  singleOut(group: Group): void;
  /** @returns `Pending.preferred` for a NUMA node. @throws NumaError ERR_NODE_UNAVAILABLE */
  nodeIndex(id: number): number;
  /** Before the encoder holds anything: a chance to take completions out. */
  makeRoom(priority: number): void;
  /**
   * Submits what the writer has prepared, now or as soon as there is room.
   *
   * @param worker the only one that may run it, −1 for any
   * @throws WorkStealingError ERR_QUEUE_FULL when too many wait already
   */
  submitPrepared(pending: Pending, priority: number, worker: number, later: boolean): void;
  /** Publishes what was submitted for later. */
  publish(): void;
  /** @throws WorkStealingError ERR_QUEUE_FULL */
  submitKept(type: number, argument: number, priority: number): TaskId;
  /** @throws WorkStealingError ERR_STALE_TASK */
  releaseKept(id: TaskId): void;
  /**
   * Rejects a task before it ends, at once or as soon as it is sure that it does not start any more.
   *
   * @returns false when it has been settled already
   */
  settleEarly(pending: Pending, error: Error): boolean;
  /** Calls, at once or later, when every task that `settleEarly` was given has been rejected. */
  afterCancels(act: () => void): void;
  /**
   * Tells, at once or later, when a task started, by the clock of this client; −1 while it waits.
   *
   * @param cancels a task that waits shall not start any more: `settleEarly` follows in `tell`
   */
  askStart(pending: Pending, tell: (startedUs: number) => void, cancels: boolean): void;
}
