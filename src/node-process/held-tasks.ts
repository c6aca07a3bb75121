import { Pending } from '../client/pending.ts';
import { type Waiting, WaitingQueues } from '../client/waiting.ts';
import type { ChannelRecord } from './record.ts';

/** A task that waits for a slot or for room in the pool. */
export interface HeldTask extends Waiting {
  readonly record: Readonly<ChannelRecord>;
}

/** Tasks that came to a node process and found no slot or no room. */
export class HeldTasks extends WaitingQueues<HeldTask> {
  readonly #byId = new Map<number, HeldTask>();

  /** @param record nobody else's, as the bytes */
  hold(record: Readonly<ChannelRecord>, bytes: Uint8Array): void {
    const { level: priority, tag, number, worker, type } = record;
    const pending = Pending.settled({ name: '', type, kernel: false });
    const held = { pending, priority, tag, number, bytes, worker, record };
    this.push(held);
    this.#byId.set(record.id, held);
  }

  override shift(held: HeldTask): void {
    super.shift(held);
    this.#byId.delete(held.record.id);
  }

  /** Takes a task out wherever it stands. */
  dropId(id: number): boolean {
    const held = this.#byId.get(id);
    this.#byId.delete(id);
    return held !== undefined && this.drop(held.pending);
  }
}
