import { MAX_TYPES } from '../abi/layout.ts';
import { WorkStealingError } from '../base/errors.ts';

/** A task that can be run by name. */
export interface TaskType {
  readonly name: string;
  /** Its number in shared memory. */
  readonly type: number;
  readonly kernel: boolean;
  /** Of a deterministic engine: how to run it again. */
  readonly seed?: number | undefined;
}

/** All tasks of a scheduler by name. */
export type TaskTable = ReadonlyMap<string, TaskType>;

/** Kernels come first, then handlers; every thread computes the same numbers from the same names. */
export function taskTable(kernels: readonly string[], handlers: readonly string[], seed?: number): TaskTable {
  const count = kernels.length + handlers.length;
  if (count > MAX_TYPES) {
    throw new WorkStealingError(
      'ERR_MODULE_LOAD',
      `expected at most ${String(MAX_TYPES)} tasks, got ${String(count)} exported functions: let one task choose by its input`,
    );
  }
  const table = new Map<string, TaskType>();
  for (const name of kernels) table.set(name, { name, type: table.size, kernel: true, seed });
  for (const name of handlers) {
    if (table.has(name)) {
      throw new WorkStealingError(
        'ERR_INVALID_OPTION',
        `expected every task name once, but ${JSON.stringify(name)} is exported by tasks and by kernels: rename one`,
      );
    }
    table.set(name, { name, type: table.size, kernel: false, seed });
  }
  return table;
}

/** The error for a name nobody exports. */
export function unknownTask(name: unknown, tasks: TaskTable): WorkStealingError {
  if (typeof name !== 'string') {
    return new WorkStealingError('ERR_INVALID_OPTION', `expected the name of a task, got ${typeof name}`);
  }
  const names = [...tasks.keys()].sort();
  const shown = name.length > 80 ? `${name.slice(0, 80)}… (${String(name.length)} characters)` : name;
  const known = names.length > 20 ? [...names.slice(0, 20), `… ${String(names.length - 20)} more`] : names;
  return new WorkStealingError(
    'ERR_UNKNOWN_TASK',
    `expected the name of an exported task, got ${JSON.stringify(shown)}: there are ${known.join(', ') || 'none'}`,
    { task: shown },
  );
}
