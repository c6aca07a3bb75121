/** Names one task of `submitTask`: generation · 2²⁰ + slot index, a safe integer. */
export type TaskId = number & {
  /** In types only. */
  readonly __brand: 'TaskId';
};

/** What `poll` answers. */
export type TaskState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
