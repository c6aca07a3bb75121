import type { Launch } from './launch.ts';
import type { NodePlace } from './node-place.ts';

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
