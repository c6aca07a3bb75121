import type { EngineOptions } from '../scheduler/options.ts';
import { WorkStealingScheduler } from '../scheduler/scheduler.ts';
import type { AnyTasks } from '../worker/task-signature.ts';

/** A running engine: `run` and its kin, `stats`, `drain`, `close`, events. */
export type Engine<T = AnyTasks> = Omit<
  WorkStealingScheduler<T>,
  'taskType' | 'submitTask' | 'wait' | 'poll' | 'release'
>;

/**
 * Starts an engine; the promise settles when every worker has loaded its tasks.
 *
 * @throws TallyError ERR_INVALID_OPTION, ERR_MODULE_LOAD, ERR_LAYOUT_VERSION, ERR_RESOURCE_EXHAUSTED
 */
export function createEngine<T = AnyTasks>(options: EngineOptions): Promise<Engine<T>> {
  return WorkStealingScheduler.start<T>(options);
}
