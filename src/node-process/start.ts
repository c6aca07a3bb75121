import type { Launch } from './launch.ts';
import type { ReadyMessage } from './messages.ts';
import { namesOf, type NodePlace, otherTasks, type StartedProcess } from './remote-node.ts';
import { Supervisor } from './supervisor.ts';

/** A node process that is to be started, and started again. */
export interface NodeStart {
  readonly place: NodePlace;
  /** CPUs that it should run on; undefined: those of this process. */
  readonly cpus: readonly number[] | undefined;
  /** Whether the last one was seen to be kept on them. */
  readonly isPinned: boolean;
  /** Why it is not, if it should be. */
  readonly reason: string | undefined;
  /** How the next one is started. */
  launch(): Launch;
  /** One works: looks where it does. */
  check(pid: number): void;
}

/** One that may run wherever this process may. */
export class FreeStart implements NodeStart {
  readonly place: NodePlace;
  readonly cpus = undefined;
  readonly isPinned = false;
  readonly reason = undefined;
  readonly #launch: Launch;

  constructor(place: NodePlace, launch: Launch) {
    this.place = place;
    this.#launch = launch;
  }

  launch(): Launch {
    return this.#launch;
  }

  check(): void {
    // It runs where it may.
  }
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
  if (failed === undefined) return started;
  await endAll(started);
  throw failed.reason;
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
