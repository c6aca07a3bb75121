/** tallyio: a work-stealing, priority-aware task engine. */
export { createEngine } from './engine/engine.ts';
export type { Engine } from './engine/engine.ts';
export { WorkStealingScheduler } from './scheduler/scheduler.ts';
export type { CloseOptions } from './scheduler/close-options.ts';
export type {
  CloseReport,
  HeapPressure,
  LogEvent,
  SchedulerEvents,
  WorkerLostEvent,
  WorkerStartedEvent,
} from './scheduler/events.ts';
export { NumaScheduler } from './numa/numa-scheduler.ts';
export type { Degradation } from './numa/alarms.ts';
export type { NumaSchedulerOptions } from './numa/numa-options.ts';
export type { NumaNodeStats, NumaStats } from './numa/numa-stats.ts';
export type { Assignment } from './numa/thread-placement.ts';
export type { NumaOptions } from './scheduler/numa-option.ts';
export type {
  CacheGroup,
  CpuKind,
  Topology,
  TopologyNode,
  TopologyWarning,
  TopologyWarningCode,
} from './topology/topology.ts';
export type { Objectives, WaitObjective } from './scheduler/objectives-option.ts';
export type { MemoryPressure } from './client/pressure.ts';
export type { SignalOptions } from './scheduler/signal-options.ts';
export type { DeterministicOptions, EngineOptions, MemoryOptions } from './scheduler/options.ts';
export type { EngineStats, GcPauses, Percentiles, PriorityStats, WorkerStats } from './scheduler/stats.ts';
export type {
  AnyTasks,
  GivenInput,
  Handler,
  RunArgs,
  TaskInput,
  TaskName,
  TaskResult,
} from './worker/task-signature.ts';
export type { SharedBuffer } from './codec/shared-buffer.ts';
export type { SharedRange, ViewType } from './codec/shared-range.ts';
export { Priority } from './client/run-options.ts';
export type { RunOptions } from './client/run-options.ts';
export type { MapOptions } from './client/map.ts';
export type { Counts } from './client/counts.ts';
export type { TaskId, TaskState } from './client/task-id.ts';
export type { TaskEngine } from './scheduler/task-engine.ts';
export { NumaError, TallyError, WorkStealingError } from './base/errors.ts';
export type { TallyErrorCode, TallyErrorDetails } from './base/errors.ts';
export type { AttachHandle } from './worker/attach.ts';
export type { Submitter, SubmitterEvents, TaskErrorEvent } from './worker/submitter.ts';
export type { TaskContext } from './worker/task-context.ts';
