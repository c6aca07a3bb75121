import type { ReadyMessage } from './messages.ts';
import { WorkStealingError } from '../base/errors.ts';
import type { NodeProcess, ProcessExit } from './node-process.ts';
import type { NodeStart } from './node-start.ts';
import { Supervisor } from './supervisor.ts';
import { namesOf, otherTasks } from './task-names.ts';

/** A node process that has loaded its tasks, and who keeps it alive. */
export interface StartedProcess {
  readonly supervisor: Supervisor;
  readonly process: NodeProcess;
  readonly ready: ReadyMessage;
}

/**
 * Starts all node processes at once and waits until each has loaded its tasks.
 *
 * @throws WorkStealingError why the first one of those that cannot start cannot; then none is left
 */
export async function startAll(starts: readonly NodeStart[]): Promise<StartedProcess[]> {
  const supervisors = starts.map((start) => new Supervisor(() => start.launch()));
  const outcomes = await Promise.allSettled(
    supervisors.map(async (supervisor) => ({ supervisor, ...(await supervisor.start()) })),
  );
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  const dead = started.find(({ supervisor }) => supervisor.process === undefined);
  if (failed === undefined && dead === undefined) return started;
  await endAll(started);
  throw failed === undefined ? diedEarly(await dead?.process.exited) : failed.reason;
}

/**
 * What all of them said.
 *
 * @throws WorkStealingError ERR_MODULE_LOAD when they have loaded different tasks; then none is left
 */
export async function sameTasks(started: readonly StartedProcess[]): Promise<ReadyMessage> {
  const [first, ...others] = started.map(({ ready }) => ready);
  if (first === undefined) throw new RangeError('expected a node process, got none');
  const other = others.find((ready) => namesOf(ready) !== namesOf(first));
  if (other === undefined) return first;
  await endAll(started);
  throw otherTasks(namesOf(first), namesOf(other));
}

function diedEarly(exit: ProcessExit | undefined): WorkStealingError {
  return new WorkStealingError(
    'ERR_MODULE_LOAD',
    `expected all node processes to work at once, got one that ended while others loaded their tasks: ${exit?.cause.message ?? 'it is gone'}`,
    { cause: exit?.cause },
  );
}

// Nobody has got to know them yet.
async function endAll(started: readonly StartedProcess[]): Promise<void> {
  await Promise.all(
    started.map(async ({ supervisor, process }) => {
      await supervisor.stop();
      process.kill();
      await process.exited;
    }),
  );
}
