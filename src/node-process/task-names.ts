import { WorkStealingError } from '../base/errors.ts';
import type { ReadyMessage } from './messages.ts';

/** The names of all tasks, in the order of their numbers. */
export function namesOf({ kernels, handlers }: ReadyMessage): string {
  return [...kernels, ...handlers].join();
}

/** The error for node processes that have loaded different tasks. */
export function otherTasks(expected: string, got: string): WorkStealingError {
  return new WorkStealingError(
    'ERR_MODULE_LOAD',
    `expected the tasks ${expected} again when the node process was started anew, got ${got}: the modules were changed meanwhile`,
  );
}
