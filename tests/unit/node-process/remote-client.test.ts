import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { DONE, TAG_NUMBER } from '../../../src/abi/codes.ts';
import { Pending } from '../../../src/client/pending.ts';
import { taskTable } from '../../../src/client/task-type.ts';
import { OnePlace } from '../../../src/numa/one-place.ts';
import type { NodeTasks } from '../../../src/node-process/node-tasks.ts';
import { Outbox } from '../../../src/node-process/outbox.ts';
import { KIND_OUTCOME, KIND_TASK } from '../../../src/node-process/protocol.ts';
import { ChannelRecord, RECORD_WORDS } from '../../../src/node-process/record.ts';
import { RemoteClient } from '../../../src/node-process/remote-client.ts';

const NORMAL = 2;
const NO_BYTES = Buffer.alloc(0);

/** Keeps the tasks, all without payloads, that are sent. */
class Line extends Writable {
  readonly tasks: ChannelRecord[] = [];

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    const { buffer } = Uint8Array.from(bytes);
    const words = new Int32Array(buffer);
    for (let at = 0; at < words.length; at += RECORD_WORDS) {
      const record = new ChannelRecord();
      record.read(words, new Float64Array(buffer), at);
      if (record.kind === KIND_TASK) this.tasks.push(record);
    }
    done();
  }

  get numbers(): number[] {
    return this.tasks.map(({ number }) => number);
  }
}

function clientOf(retry: number, workers: number): { client: RemoteClient; node: NodeTasks } {
  const client = new RemoteClient({
    tasks: taskTable([], ['job']),
    now: () => 0,
    capacity: 64,
    maxQueue: 64,
    retry,
    concurrency: 1,
    payloadLimit: 1 << 16,
    nodes: [{ id: 0, firstWorker: 0, workers }],
    placement: new OnePlace(),
  });
  return { client, node: client.nodes[0] ?? assert.fail() };
}

function connect(node: NodeTasks): { line: Line; outbox: Outbox } {
  const line = new Line();
  const outbox = new Outbox(line);
  node.connect(outbox);
  outbox.flush();
  return { line, outbox };
}

/** Submits a number; what became of it goes to `ends`. */
function submit(client: RemoteClient, number: number, ends: unknown[] = []): void {
  const task = client.tasks.get('job') ?? assert.fail();
  const settle = (end: unknown): void => {
    ends.push(end);
  };
  client.writer.encoder.prepare(number);
  client.submitPrepared(new Pending(task, settle, settle), NORMAL, -1);
}

function complete(node: NodeTasks, { id, number }: ChannelRecord): void {
  const outcome = new ChannelRecord().set(KIND_OUTCOME, id, number);
  outcome.status = DONE;
  outcome.tag = TAG_NUMBER;
  node.complete(outcome, NO_BYTES, 0);
}

describe('a client whose process dies', () => {
  it('releases again what may run again in the order in which it was submitted', () => {
    const { client, node } = clientOf(1, 2);
    const { line, outbox } = connect(node);
    const numbers = Array.from({ length: 10 }, (_, number) => number);
    for (const number of numbers) submit(client, number);
    outbox.flush();
    const [first, second, third] = line.tasks;
    assert.deepEqual(line.numbers, [0, 1, 2, 3]);
    for (const task of [second, first, third]) complete(node, task ?? assert.fail()); // ids are used again as it comes
    node.release();
    outbox.flush();
    assert.deepEqual(line.numbers, [0, 1, 2, 3, 4, 5, 6]);
    node.disconnect(() => new Error('lost'));
    const waiting = [...node.backlog].map(({ number }) => number);
    assert.deepEqual(waiting, numbers.slice(3));
  });
});
