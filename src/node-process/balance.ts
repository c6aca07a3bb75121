import { LEVELS } from '../abi/codes.ts';
import type { Placement } from '../numa/placement.ts';
import type { NodeTasks } from './node-tasks.ts';
import { Recalls } from './recalls.ts';
import { type Job, startOf } from './released.ts';

/** Tasks that prefer a node leave it when so many times what its workers take at once waits before them. */
const PATIENCE = 2;

/**
 * Moves tasks that wait on the host from node processes that have too many to those that have none: the oldest ones of the most
 * urgent priority, in a batch of at most half of them and of what the taker has room for, from the nearest node first. docs/numa.md
 */
export class Balance {
  readonly #nodes: readonly NodeTasks[];
  readonly #placement: Placement;
  readonly #recalls: Recalls | undefined;
  #isFeeding = false;

  constructor(nodes: readonly NodeTasks[], placement: Placement) {
    this.#nodes = nodes;
    this.#placement = placement;
    if (nodes.length < 2) return;
    this.#recalls = new Recalls(nodes, placement);
    for (const [index, node] of nodes.entries()) {
      node.onHungry = () => {
        this.#feed(index, node);
      };
    }
  }

  /** Something waits somewhere. */
  look(): void {
    for (const [index, node] of this.#nodes.entries()) this.#feed(index, node);
  }

  /** Moves all that waits to others. @returns false when there is no other one */
  evacuate(index: number, makeError: () => Error): boolean {
    const from = this.#nodes[index];
    const others = this.#nodes.filter((_, other) => other !== index && this.#placement.isOpen(other));
    if (from === undefined || others.length === 0) return false;
    for (let job = from.backlog.peek(); job !== undefined; job = from.backlog.peek()) {
      from.backlog.hand(job);
      if (job.worker >= 0) {
        from.lose(job, makeError());
        continue;
      }
      job.origin ??= index;
      const to = this.#placement.choose(-1);
      this.#placement.assigned(to, 0); // it was before
      this.#nodes[to]?.adopt(job);
    }
    from.rest.see();
    for (const node of others) node.release();
    return true;
  }

  #feed(index: number, taker: NodeTasks): void {
    if (this.#isFeeding || !taker.isConnected) return;
    this.#isFeeding = true;
    this.#feedOnce(index, taker);
    this.#isFeeding = false;
    this.#recalls?.look();
  }

  #feedOnce(index: number, taker: NodeTasks): void {
    for (let level = 0; level < LEVELS && taker.backlog.peekAt(level) === undefined; ++level) {
      for (const from of this.#placement.nearest(index)) {
        if (this.#move(from, taker, level) === 0) continue;
        taker.release();
        return;
      }
    }
  }

  // Returns how many.
  #move(from: number, taker: NodeTasks, level: number): number {
    const giver = this.#nodes[from];
    const first = giver?.backlog.peekFreeAt(level);
    if (giver === undefined || first === undefined) return 0;
    const room = taker.room(level, first.pending.task.type);
    if (room === 0) return 0;
    const share = Math.min(room, Math.ceil(giver.backlog.countUpTo(2 * room, level) / 2));
    let moved = 0;
    let isCrowded: boolean | undefined;
    while (moved < share) {
      const job = giver.backlog.peekFreeAt(level);
      if (job === undefined) break;
      if (job.pending.preferred === from) {
        isCrowded ??= !giver.isConnected || waits(giver, level, PATIENCE * giver.grasp(job.pending.task.type));
        if (!isCrowded) break;
      }
      moved += this.#hand(job, share - moved, from, taker);
    }
    return moved;
  }

  // Hands over a job, or the first members that it stands for. Returns how many tasks.
  #hand(job: Job, most: number, from: number, taker: NodeTasks): number {
    const giver = this.#nodes[from];
    const { pending, members } = job;
    const origin = job.origin ?? from;
    if (members === undefined || pending.size <= most) {
      const { size } = pending;
      giver?.backlog.hand(job);
      job.origin = origin;
      taker.adopt(job);
      giver?.rest.see();
      return size;
    }
    const start = startOf(job, members);
    giver?.backlog.handPart(job, most);
    const range = members.group.range(start, most);
    taker.adopt({ ...job, pending: range, members: { ...members, end: start + most }, origin });
    return most;
  }
}

function waits(node: NodeTasks, level: number, count: number): boolean {
  return node.backlog.countUpTo(count, level) >= count;
}
