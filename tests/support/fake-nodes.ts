import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { DONE, TAG_NUMBER } from '../../src/abi/codes.ts';
import { Group } from '../../src/client/group.ts';
import { Pending } from '../../src/client/pending.ts';
import { taskTable } from '../../src/client/task-type.ts';
import { Outbox } from '../../src/node-process/outbox.ts';
import { KIND_OUTCOME, KIND_TASK } from '../../src/node-process/protocol.ts';
import { ChannelRecord, RECORD_WORDS } from '../../src/node-process/record.ts';
import { RemoteClient } from '../../src/node-process/remote-client.ts';
import type { NodeTasks } from '../../src/node-process/node-tasks.ts';
import { NodeDistances } from '../../src/numa/node-distances.ts';
import { NodePlacement } from '../../src/numa/node-placement.ts';
import { PlacementCounters } from '../../src/numa/placement-counters.ts';
import { topologyOf } from '../unit/numa/machine.ts';

const NORMAL = 2;
const NO_BYTES = Buffer.alloc(0);

export interface FakeNodesOptions {
  /** Of each node. */
  readonly workers: readonly number[];
  readonly policy?: 'locality' | 'roundRobin';
  readonly distances?: readonly (readonly number[])[];
  readonly retry?: number;
  readonly capacity?: number;
  readonly maxQueue?: number;
  /** By which choices of nodes are timed. */
  readonly clockMs?: () => number;
}

export interface SubmitOptions {
  /** Index of the node that it prefers. */
  readonly node?: number;
  readonly priority?: number;
  /** The only one that may run it, by its index among all. */
  readonly worker?: number;
}

/** A task that was submitted, and how it ended. */
export interface Submitted {
  readonly pending: Pending;
  readonly ends: unknown[];
}

/** Keeps the records, all without payloads, that are sent. */
class Line extends Writable {
  readonly records: ChannelRecord[] = [];
  readonly #log: Sent[];
  readonly #node: number;

  constructor(node: number, log: Sent[]) {
    super();
    this.#node = node;
    this.#log = log;
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    const { buffer } = Uint8Array.from(bytes);
    const words = new Int32Array(buffer);
    for (let at = 0; at < words.length; at += RECORD_WORDS) {
      const record = new ChannelRecord();
      record.read(words, new Float64Array(buffer), at);
      this.records.push(record);
      if (record.kind === KIND_TASK) this.#log.push({ node: this.#node, record });
    }
    done();
  }
}

/** A task that was released. */
export interface Sent {
  readonly node: number;
  readonly record: ChannelRecord;
}

/** A client of several node processes that a test plays. Its tasks are numbers, of one type. */
export class FakeNodes {
  readonly client: RemoteClient;
  readonly counters: PlacementCounters;
  /** All tasks that were released, in that order. */
  readonly sent: Sent[] = [];
  readonly #lines: Line[] = [];
  readonly #ended = new Set<ChannelRecord>();

  constructor({
    workers,
    policy = 'locality',
    distances,
    retry = 0,
    capacity = 4096,
    maxQueue = 1e6,
    clockMs,
  }: FakeNodesOptions) {
    const rows = distances ?? workers.map((_, from) => workers.map((__, to) => (from === to ? 10 : 20)));
    const between = new NodeDistances(topologyOf(rows.map((row) => ({ distances: row }))));
    const ids = workers.map((_, id) => id);
    this.counters = new PlacementCounters(between, clockMs);
    let firstWorker = 0;
    this.client = new RemoteClient({
      ...{ tasks: taskTable([], ['job']), now: () => 0, capacity, maxQueue, retry },
      ...{ concurrency: 1, payloadLimit: 1 << 16 },
      nodes: workers.map((count, id) => {
        firstWorker += count;
        return { id, firstWorker: firstWorker - count, workers: count };
      }),
      placement: new NodePlacement(ids, policy, between, this.counters),
    });
  }

  node(index: number): NodeTasks {
    return this.client.nodes[index] ?? assert.fail();
  }

  /** Processes are there: by default on every node. */
  connect(indices: readonly number[] = [...this.client.nodes.keys()]): void {
    for (const index of indices) {
      const line = new Line(index, this.sent);
      this.#lines[index] = line;
      this.node(index).connect(new Outbox(line));
    }
  }

  submit(number: number, { node = -1, priority = NORMAL, worker = -1 }: SubmitOptions = {}): Submitted {
    const ends: unknown[] = [];
    const settle = (end: unknown): void => {
      ends.push(end);
    };
    const pending = new Pending(this.client.tasks.get('job') ?? assert.fail(), settle, settle);
    pending.preferred = node;
    this.client.writer.encoder.prepare(number);
    this.client.submitPrepared(pending, priority, worker);
    return { pending, ends };
  }

  /** Submits the members of a group, all numbers. @returns their results, when they are there */
  submitMany(numbers: readonly number[], priority = NORMAL): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const task = this.client.tasks.get('job') ?? assert.fail();
      const group = new Group(task, numbers.length, { resolve, reject }, (cancelled) => {
        cancelled();
      });
      assert.equal(this.client.submitMembers(group, priority, numbers, 0), numbers.length);
    });
  }

  /** Numbers of the tasks that were released to a node. */
  numbersOf(index: number): number[] {
    return this.sent.filter(({ node }) => node === index).map(({ record }) => record.number);
  }

  /** All records of a kind that were sent to a node. */
  recordsOf(index: number, kind: number): ChannelRecord[] {
    return (this.#lines[index]?.records ?? []).filter((record) => record.kind === kind);
  }

  /** Released tasks without an outcome. */
  running(): Sent[] {
    return this.sent.filter(({ record }) => !this.#ended.has(record));
  }

  /** A released task has ended, with its own number; others may be released. */
  complete({ node, record }: Sent): void {
    this.#ended.add(record);
    const outcome = new ChannelRecord().set(KIND_OUTCOME, record.id, record.number);
    outcome.status = DONE;
    outcome.tag = TAG_NUMBER;
    this.node(node).complete(outcome, NO_BYTES, 0);
    this.node(node).release();
  }

  /** A process is gone. */
  disconnect(index: number): void {
    for (const { node, record } of this.running()) if (node === index) this.#ended.add(record);
    this.node(index).disconnect(() => new Error('lost'));
  }
}

/** What was submitted, released and moved is on its way. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
