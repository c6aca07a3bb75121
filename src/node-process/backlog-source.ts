import { LEVELS } from '../abi/codes.ts';
import { BUCKETS } from '../abi/layout.ts';
import type { Counts } from '../client/counts.ts';
import type { WaitRecorder } from '../client/waiting.ts';
import { bucketOf } from '../scheduler/histogram.ts';
import type { ObjectiveSource } from '../scheduler/objective-watch.ts';

/** The host's door to its node processes. */
interface ObservedClient {
  readonly counts: Readonly<Counts>;
  readonly pendingCount: number;
  readonly now: () => number;
  recorder: WaitRecorder;
  oldestAt(priority: number): object | undefined;
  releasedAt(priority: number): number;
}

/** What objectives are judged by on the host of a node process: how tasks end, and how long they wait until they are released. */
export class BacklogSource implements ObjectiveSource, WaitRecorder {
  readonly isShared = false;
  readonly lostSteals = 0;
  readonly steals = 0;
  readonly #client: ObservedClient;
  /** Of those that did not have to wait nothing is recorded. */
  readonly #waits = Array.from({ length: LEVELS }, () => new Uint32Array(BUCKETS));
  readonly #recorded = new Float64Array(LEVELS);

  /** Times the waits of the client's backlog from here on. */
  constructor(client: ObservedClient) {
    this.#client = client;
    client.recorder = this;
  }

  get counts(): Readonly<Counts> {
    return this.#client.counts;
  }

  get pending(): boolean {
    return this.#client.pendingCount > 0;
  }

  now(): number {
    return this.#client.now();
  }

  record(priority: number, us: number, tasks: number): void {
    const waits = this.#waits[priority];
    if (waits === undefined) return;
    const bucket = bucketOf(us * 1000);
    waits[bucket] = (waits[bucket] ?? 0) + tasks;
    this.#recorded[priority] = (this.#recorded[priority] ?? 0) + tasks;
  }

  addWaits(level: number, waits: Uint32Array): void {
    for (const [bucket, count] of this.#waits[level]?.entries() ?? []) waits[bucket] = (waits[bucket] ?? 0) + count;
    const unrecorded = this.#client.releasedAt(level) - (this.#recorded[level] ?? 0);
    waits[0] = (waits[0] ?? 0) + Math.max(0, unrecorded);
  }

  queuedAt(): number {
    return 0; // where they are released to, others count them
  }

  submittedAt(level: number): number {
    return this.#client.releasedAt(level);
  }

  headAt(level: number): object | undefined {
    return this.#client.oldestAt(level);
  }
}
