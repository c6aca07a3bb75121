/**
 * A program in the place of a node process: `node fake-node.js MODE …`. It says on file descriptor 3 what its mode is called after,
 * and hears nothing. It ends when it is killed, or when its host is gone.
 */
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { serialize } from 'node:v8';
import {
  FIRST_MESSAGE_ID,
  FLAG_LARGE,
  KIND_EVENT,
  KIND_HELLO,
  KIND_OUTCOME,
  KIND_READY,
  KIND_REPORT,
} from '../../src/node-process/protocol.ts';
import { ChannelRecord, padded, RECORD_BYTES } from '../../src/node-process/record.ts';
import { SeededRandom } from '../../src/virtual/seeded-random.ts';
import { reportOf } from './reports.ts';

const READY = {
  ...{ pid: process.pid, kernels: [], handlers: ['squared'], payloadLimit: 1 << 16, threadIds: [1] },
  report: reportOf(),
};
const FLOOD_BYTES = 1 << 16;

/** A record with its payload. @param length what its header says of that; by default the truth */
export function recordBytes(kind: number, payload: Uint8Array, length = payload.length, flags = 0, id = 1): Buffer {
  const bytes = Buffer.alloc(RECORD_BYTES + padded(payload.length));
  const record = new ChannelRecord().set(kind, FIRST_MESSAGE_ID + id);
  Object.assign(record, { length, flags });
  record.write(new Int32Array(bytes.buffer, bytes.byteOffset), new Float64Array(bytes.buffer, bytes.byteOffset), 0);
  bytes.set(payload, RECORD_BYTES);
  return bytes;
}

function message(kind: number, content: unknown): Buffer {
  return recordBytes(kind, serialize(content));
}

/** @returns `count` bytes */
export function randomBytes(seed: number, count: number): Buffer {
  const random = new SeededRandom(seed);
  return Buffer.from(Uint8Array.from({ length: count }, () => random.below(256)));
}

const HELLO = recordBytes(KIND_HELLO, new Uint8Array(0));
const EVENT = message(KIND_EVENT, { event: 'workerStarted', worker: 0, threadId: 1 });
const ready = message(KIND_READY, READY);

/** What is said at once, by mode. */
const SAID: Record<string, () => Buffer> = {
  nothing: () => Buffer.alloc(0),
  hello: () => HELLO,
  noise: () => randomBytes(7, 100_000),
  'unknown kind': () => recordBytes(99, new Uint8Array(8)),
  'absurd length': () => recordBytes(KIND_REPORT, new Uint8Array(8), 0xfffffff0),
  'absurd large length': () => recordBytes(KIND_REPORT, new Uint8Array(8), 0xfffffff0, FLAG_LARGE),
  'undecodable ready': () => recordBytes(KIND_READY, randomBytes(8, 64)),
  'ready without anything': () => message(KIND_READY, {}),
  'ready without a report': () => message(KIND_READY, { ...READY, report: null }),
  'an outcome first': () => recordBytes(KIND_OUTCOME, new Uint8Array(0)),
  ready: () => Buffer.concat([HELLO, ready]),
  'ready, then an undecodable report': () =>
    Buffer.concat([HELLO, ready, recordBytes(KIND_REPORT, randomBytes(9, 64))]),
  'ready, then no report': () => Buffer.concat([HELLO, ready, message(KIND_REPORT, null)]),
  'many large messages': () =>
    Buffer.concat([
      HELLO,
      ...Array.from({ length: 900 }, (_, n) =>
        recordBytes(KIND_REPORT, new Uint8Array(0), 60 << 20, FLAG_LARGE, n + 1),
      ),
    ]),
};

/** What is said again and again, behind that. */
const REPEATED: Record<string, readonly [first: string, again: Buffer]> = {
  'events without end': ['hello', EVENT],
  'reports without end': ['ready', message(KIND_REPORT, reportOf())],
};

export type FakeMode = string;

function speak(mode: FakeMode): void {
  const { TALLYIO_FAKE_PIDS: pids } = process.env;
  if (pids !== undefined) appendFileSync(pids, `${String(process.pid)}\n`);
  const channel = new Socket({ fd: 3 });
  channel.on('error', () => process.exit(0));
  channel.on('close', () => process.exit(0));
  channel.resume();
  const [first, again] = REPEATED[mode] ?? [mode, undefined];
  channel.write(SAID[first]?.() ?? Buffer.alloc(0));
  if (again === undefined) return;
  const much = Buffer.concat(Array.from({ length: Math.ceil(FLOOD_BYTES / again.length) }, () => again));
  const flood = (): void => {
    channel.write(much, flood);
  };
  flood();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) speak(process.argv[2] ?? '');
