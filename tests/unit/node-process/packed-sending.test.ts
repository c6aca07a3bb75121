import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Group } from '../../../src/client/group.ts';
import { taskTable } from '../../../src/client/task-type.ts';
import { decode } from '../../../src/codec/decode.ts';
import { OnePlace } from '../../../src/numa/one-place.ts';
import { Outbox } from '../../../src/node-process/outbox.ts';
import { PackPool } from '../../../src/node-process/pack-pool.ts';
import { ChannelRecord, RECORD_BYTES, RECORD_WORDS, recordWords } from '../../../src/node-process/record.ts';
import { RemoteClient } from '../../../src/node-process/remote-client.ts';

const SEED = Date.now() % 1_000_000;
const NORMAL = 2;
const CAPACITY = 4096;
/** A task that takes so little fits the window many times over. */
const SHORT_US = 0.1;

/** A socket that takes what is written one by one, when the test says so. */
class Line extends Writable {
  readonly writes: Buffer[] = [];
  #goOn: (() => void) | undefined;

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.#goOn = () => {
      this.writes.push(Buffer.from(bytes)); // as it is when it is taken
      done();
    };
  }

  /** Takes the next one. */
  async go(): Promise<void> {
    const goOn = this.#goOn;
    this.#goOn = undefined;
    goOn?.();
    await new Promise((resolve) => setImmediate(resolve));
  }

  get isWaiting(): boolean {
    return this.#goOn !== undefined;
  }
}

function started(): { client: RemoteClient; line: Line } {
  const client = new RemoteClient({
    ...{ tasks: taskTable([], ['job']), now: () => 0, capacity: CAPACITY, maxQueue: CAPACITY, retry: 0 },
    ...{ concurrency: 1, payloadLimit: 1 << 16, nodes: [{ id: 0, firstWorker: 0, workers: 1 }] },
    placement: new OnePlace(),
  });
  const node = client.nodes[0] ?? assert.fail();
  const line = new Line();
  node.learn(0, SHORT_US);
  node.connect(new Outbox(line));
  return { client, line };
}

/** Submits all at once, as `runMany` does. */
function submit(client: RemoteClient, inputs: readonly unknown[]): void {
  const task = client.tasks.get('job') ?? assert.fail();
  const promise = { resolve: () => undefined, reject: () => undefined };
  const group = new Group(task, inputs.length, promise, () => undefined);
  for (let from = 0; from < inputs.length;) {
    const count = client.submitMembers(group, NORMAL, inputs, from);
    assert.ok(count > 0);
    from += count;
  }
}

/** The inputs of tasks in a stream, and their ids. */
function read(stream: Buffer): { values: unknown[]; ids: number[] } {
  const bytes = Buffer.from(Uint8Array.from(stream).buffer);
  const words = new Int32Array(bytes.buffer);
  const record = new ChannelRecord();
  const values: unknown[] = [];
  const ids: number[] = [];
  for (let at = 0; at < words.length; at += recordWords(record.length)) {
    record.read(words, new Float64Array(bytes.buffer), at);
    values.push(decode(record.tag, record.number, bytes, (at << 2) + RECORD_BYTES, record.length));
    ids.push(record.id);
  }
  return { values, ids };
}

describe('packed inputs that go out from where they stand', () => {
  it(`are as they were given, in their order, however slow the line is (seed ${String(SEED)})`, async () => {
    const groups = fc.array(
      fc.record({ size: fc.oneof(fc.nat(70), fc.integer({ min: 1, max: 700 })), bytes: fc.nat(90), goes: fc.nat(3) }),
      { minLength: 1, maxLength: 7 },
    );
    const property = fc.asyncProperty(groups, async (all) => {
      const { client, line } = started();
      const given: Uint8Array[] = [];
      for (const { size, bytes, goes } of all) {
        const inputs = Array.from({ length: size }, (_, n) => new Uint8Array(bytes).fill((given.length + n) % 251));
        if (given.length + size > 2400) break; // what the window has room for
        if (size > 0) submit(client, inputs);
        given.push(...inputs);
        for (let n = 0; n < goes; ++n) await line.go();
      }
      await new Promise((resolve) => setImmediate(resolve));
      while (line.isWaiting) await line.go();
      const { values, ids } = read(Buffer.concat(line.writes));
      assert.deepEqual(values, given);
      assert.equal(new Set(ids).size, given.length);
    });
    await fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  it('follow what was put before; few wait for the end of the turn', async () => {
    const { client, line } = started();
    submit(client, ['a', 'b']);
    const waitsAtOnce = [line.isWaiting];
    submit(
      client,
      Array.from({ length: 100 }, (_, n) => `${String(n)} of many`),
    );
    waitsAtOnce.push(line.isWaiting);
    assert.deepEqual(waitsAtOnce, [false, true]);
    submit(client, ['c']);
    await new Promise((resolve) => setImmediate(resolve));
    while (line.isWaiting) await line.go();
    assert.deepEqual(
      line.writes.map((bytes) => read(bytes).values.length),
      [2, 100, 1],
    );
  });
});

describe('a pool of packs', () => {
  it('gives one away again when what was lent of it is written', () => {
    const pool = new PackPool();
    const packed = pool.take();
    const written: (() => void)[] = [];
    const outbox = { putWhole: (_: Uint8Array, onWritten: () => void) => written.push(onWritten) };
    packed.lend(0, RECORD_WORDS, outbox);
    packed.lend(RECORD_WORDS, RECORD_WORDS, outbox);
    pool.giveBack(packed);
    written[0]?.();
    assert.notEqual(pool.take(), packed);
    written[1]?.();
    assert.equal(pool.take(), packed);
    assert.notEqual(pool.take(), packed);
    pool.giveBack(packed);
    assert.equal(pool.take(), packed);
  });
});
