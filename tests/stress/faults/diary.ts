import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Of a life: its first task, or the moment before a task ends it. */
interface Note {
  readonly kind: 'born' | 'dying';
  /** Thread id; where workers live in a process, that of the process. */
  readonly who: number;
  /** By `nowMs`. */
  readonly atMs: number;
}

/** Milliseconds of a clock that all threads and processes share. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** What tasks write down where the death of their thread or process cannot take it along: runs, births, deaths. */
export interface Diary {
  /** What `openDiary` opens it with elsewhere. */
  readonly handle: SharedArrayBuffer | string;
  /** A task is being run. */
  ran(id: number): void;
  note(note: Note): void;
  /** How often each task was run. */
  runs(): Int32Array;
  notes(): readonly Note[];
  /** Nobody writes or reads any more. */
  close(): void;
}

/** A diary for the threads of this process, or for those of another one. @param ids of tasks are below it */
export function newDiary(ids: number, isolation: 'thread' | 'process'): Diary {
  if (isolation === 'process') return new FileDiary(join(mkdtempSync(join(tmpdir(), 'tallyio-faults-')), 'diary'), ids);
  return new SharedDiary(new SharedArrayBuffer(NOTES_BYTES + 4 * ids));
}

/** In a worker. */
export function openDiary(handle: unknown): Diary {
  if (handle instanceof SharedArrayBuffer) return new SharedDiary(handle);
  if (typeof handle === 'string') return new FileDiary(handle, 0);
  throw new TypeError(`expected the handle of a diary, got ${String(handle)}`);
}

const KINDS = ['born', 'dying'] as const;
const RAN = KINDS.length;
/** Numbers of a note: kind, who, when, none. A page of a file holds a whole number of them. */
const FIELDS = 4;
const MOST_NOTES = 10_000;
const NOTES_BYTES = 8 * (1 + FIELDS * MOST_NOTES);

function noteOf(kind: number | undefined, who: number | undefined, atMs: number | undefined): Note[] {
  const name = KINDS[kind ?? -1];
  return name === undefined || who === undefined || atMs === undefined ? [] : [{ kind: name, who, atMs }];
}

/** Memory: how many notes there are, the notes, a counter for each task. */
class SharedDiary implements Diary {
  readonly handle: SharedArrayBuffer;
  readonly #length: Int32Array;
  readonly #notes: Float64Array;
  readonly #runs: Int32Array;

  constructor(handle: SharedArrayBuffer) {
    this.handle = handle;
    this.#length = new Int32Array(handle, 0, 1);
    this.#notes = new Float64Array(handle, 8, FIELDS * MOST_NOTES);
    this.#runs = new Int32Array(handle, NOTES_BYTES);
  }

  ran(id: number): void {
    Atomics.add(this.#runs, id, 1);
  }

  note({ kind, who, atMs }: Note): void {
    const at = Atomics.add(this.#length, 0, 1);
    if (at < MOST_NOTES) this.#notes.set([KINDS.indexOf(kind), who, atMs], FIELDS * at);
  }

  runs(): Int32Array {
    return this.#runs;
  }

  notes(): readonly Note[] {
    const length = Math.min(MOST_NOTES, Atomics.load(this.#length, 0));
    return Array.from({ length }, (_, at) => FIELDS * at).flatMap((at) => {
      const [kind, who, atMs] = this.#notes.subarray(at, at + FIELDS);
      return atMs === 0 ? [] : noteOf(kind, who, atMs); // one whose writer ended in between
    });
  }

  close(): void {
    // Nothing outlives the buffer.
  }
}

/** A file: what is appended to one page stays together, whoever is killed; a write across two ends between them. */
class FileDiary implements Diary {
  readonly handle: string;
  readonly #ids: number;
  #descriptor: number | undefined;

  constructor(handle: string, ids: number) {
    this.handle = handle;
    this.#ids = ids;
    if (ids > 0) writeFileSync(handle, '');
  }

  ran(id: number): void {
    this.#append([RAN, id, 0]);
  }

  note({ kind, who, atMs }: Note): void {
    this.#append([KINDS.indexOf(kind), who, atMs]);
  }

  runs(): Int32Array {
    const runs = new Int32Array(this.#ids);
    for (const [kind, id = -1] of this.#records()) if (kind === RAN && id in runs) runs[id] = (runs[id] ?? 0) + 1;
    return runs;
  }

  notes(): readonly Note[] {
    return [...this.#records()].flatMap(([kind, who, atMs]) => noteOf(kind, who, atMs));
  }

  close(): void {
    rmSync(dirname(this.handle), { recursive: true, force: true });
  }

  #append(record: readonly number[]): void {
    this.#descriptor ??= openSync(this.handle, 'a');
    const fields = new Float64Array(FIELDS);
    fields.set(record);
    writeSync(this.#descriptor, new Uint8Array(fields.buffer));
  }

  *#records(): IterableIterator<Float64Array> {
    const bytes = readFileSync(this.handle);
    const numbers = new Float64Array(new Uint8Array(bytes).buffer);
    for (let at = 0; at < numbers.length; at += FIELDS) yield numbers.subarray(at, at + FIELDS);
  }
}
