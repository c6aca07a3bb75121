import { givenOf } from '../base/given.ts';
import { ProcessScheduler } from '../node-process/process-scheduler.ts';
import type { EngineOptions } from '../scheduler/options.ts';
import { WorkStealingScheduler } from '../scheduler/scheduler.ts';
import type { TaskEngine } from '../scheduler/task-engine.ts';
import type { AnyTasks } from '../worker/task-signature.ts';

/** A running engine: `run` and its kin, `stats`, `drain`, `close`, events. */
export type Engine<T = AnyTasks> = Omit<TaskEngine<T>, 'taskType' | 'submitTask' | 'wait' | 'poll' | 'release'>;

/**
 * Starts an engine; the promise settles when every worker has loaded its tasks.
 *
 * @throws TallyError ERR_INVALID_OPTION, ERR_MODULE_LOAD, ERR_LAYOUT_VERSION, ERR_RESOURCE_EXHAUSTED
 */
export async function createEngine<T = AnyTasks>(options: EngineOptions): Promise<Engine<T>> {
  return isIsolated(options) ? ProcessScheduler.start<T>(options) : WorkStealingScheduler.start<T>(options);
}

// Either start parses the options and refuses what is wrong with them.
function isIsolated(options: unknown): boolean {
  if (typeof options !== 'object' || options === null) return false;
  return givenOf(options, ['isolation'])['isolation'] === 'process';
}
