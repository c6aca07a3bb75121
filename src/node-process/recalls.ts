import { setTimeout } from '../base/timers.ts';
import type { Placement } from '../numa/placement.ts';
import type { NodeTasks } from './node-tasks.ts';
import type { Job } from './released.ts';

/** So long nothing has ended where tasks are to be recalled: short ones are run sooner than they come back. A guess. */
const AFTER_MS = 2;
/** Looks that found nothing to recall come at twice the distance, up to this. */
const LONGEST_MS = 128;

/**
 * Recalls tasks that were released and stand behind long ones, for a node process that has nothing to do; only those that have not
 * started come back. docs/numa.md, docs/protocols/channel.md
 */
export class Recalls {
  readonly #nodes: readonly NodeTasks[];
  readonly #placement: Pick<Placement, 'nearest'>;
  /** How many tasks of each process had ended when it was looked at. */
  #ended: readonly number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #delayMs = AFTER_MS;

  constructor(nodes: readonly NodeTasks[], placement: Pick<Placement, 'nearest'>) {
    this.#nodes = nodes;
    this.#placement = placement;
    for (const [index, node] of nodes.entries()) {
      node.onReturned = (job) => {
        this.#delayMs = AFTER_MS;
        return this.#place(index, node, job);
      };
    }
  }

  /** A process may have nothing to do. */
  look(): void {
    if (this.#timer !== undefined) return;
    if (!this.#nodes.some(isIdle) || !this.#nodes.some(isBehind)) {
      this.#delayMs = AFTER_MS;
      return;
    }
    this.#ended = this.#nodes.map(({ endedCount }) => endedCount);
    this.#timer = setTimeout(this.#recall, this.#delayMs).unref();
  }

  readonly #recall = (): void => {
    this.#timer = undefined;
    const isStill = this.#nodes.every(({ endedCount }, index) => endedCount === this.#ended[index]);
    this.#delayMs = isStill ? Math.min(2 * this.#delayMs, LONGEST_MS) : AFTER_MS;
    for (const [index, taker] of this.#nodes.entries()) {
      if (!isIdle(taker)) continue;
      const from = this.#placement.nearest(index).find((other) => this.#isStuck(other));
      if (from !== undefined) this.#nodes[from]?.recall(-taker.excess);
    }
    this.look();
  };

  // It has tasks that wait, and none has ended since the last look.
  #isStuck(index: number): boolean {
    const node = this.#nodes[index];
    return node !== undefined && isBehind(node) && node.endedCount === this.#ended[index];
  }

  // Returns false when there is nowhere else to go any more.
  #place(index: number, giver: NodeTasks, job: Job): boolean {
    const to = this.#placement.nearest(index).find((other) => isIdle(this.#nodes[other]));
    const taker = to === undefined ? undefined : this.#nodes[to];
    if (taker === undefined) return false;
    taker.adopt(job);
    taker.release();
    giver.rest.see();
    return true;
  }
}

function isIdle(node: NodeTasks | undefined): boolean {
  return node?.isConnected === true && node.excess < 0 && node.backlog.size === 0;
}

function isBehind(node: NodeTasks): boolean {
  return node.isConnected && node.excess > 0;
}
