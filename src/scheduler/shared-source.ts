import { BUCKETS, HISTOGRAM_BYTES, WORKER_HISTOGRAMS, WORKER_STEALS_LOST, WORKER_STOLEN } from '../abi/layout.ts';
import type { Counts } from '../client/counts.ts';
import { type QueueOwners, queuedAt, submittedAt, workerBlockOf } from './level-queues.ts';
import type { ObjectiveSource } from './objective-watch.ts';

/** What a scheduler's host has submitted. */
interface ObservedClient {
  readonly counts: Readonly<Counts>;
  readonly now: () => number;
  /** Those that wait here for a slot. */
  readonly waiting: { peekAt(priority: number): object | undefined };
  readonly pending: boolean;
}

/** What objectives are judged by in shared memory: counters and histograms of all workers, queues of all submitters. */
export class SharedSource implements ObjectiveSource {
  readonly #owners: QueueOwners;
  readonly #client: ObservedClient;
  readonly #hasHandles: () => boolean;

  /** @param hasHandles whether other threads may have attached */
  constructor(owners: QueueOwners, client: ObservedClient, hasHandles: () => boolean) {
    this.#owners = owners;
    this.#client = client;
    this.#hasHandles = hasHandles;
  }

  get counts(): Readonly<Counts> {
    return this.#client.counts;
  }

  get pending(): boolean {
    return this.#client.pending;
  }

  get isShared(): boolean {
    return this.#hasHandles();
  }

  get lostSteals(): number {
    return this.#sumOf(WORKER_STEALS_LOST);
  }

  get steals(): number {
    return this.lostSteals + this.#sumOf(WORKER_STOLEN);
  }

  now(): number {
    return this.#client.now();
  }

  addWaits(level: number, waits: Uint32Array): void {
    const { views, workers } = this.#owners;
    for (let worker = 0; worker < workers; ++worker) {
      const first = (workerBlockOf(this.#owners, worker) + WORKER_HISTOGRAMS + 2 * level * HISTOGRAM_BYTES) >>> 2;
      for (let bucket = 0; bucket < BUCKETS; ++bucket) {
        waits[bucket] = (waits[bucket] ?? 0) + (views.u32[first + bucket] ?? 0);
      }
    }
  }

  queuedAt(level: number): number {
    return queuedAt(this.#owners, level);
  }

  submittedAt(level: number): number {
    return submittedAt(this.#owners, level);
  }

  headAt(level: number): object | undefined {
    return this.#client.waiting.peekAt(level);
  }

  #sumOf(counter: number): number {
    const { views, workers } = this.#owners;
    let sum = 0;
    for (let worker = 0; worker < workers; ++worker) {
      sum += views.f64[(workerBlockOf(this.#owners, worker) + counter) / 8] ?? 0;
    }
    return sum;
  }
}
