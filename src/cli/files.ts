import fs, { createReadStream, createWriteStream, fstatSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { UsageError } from './exit-code.ts';
import type { ByteSource } from './line-reader.ts';

const open = promisify(fs.open);

/** Stands for stdin or stdout where a file name is expected. */
const STANDARD = '-';

/** An opened input. */
export interface Input {
  readonly source: ByteSource;
  /** Bytes in all; null when that is not known. */
  readonly size: number | null;
}

/** Opens a file or, for `-`, stdin. Rejects when it cannot be read. */
export async function openInput(name: string): Promise<Input> {
  if (name === STANDARD) return { source: process.stdin, size: null };
  const fd = await open(name, 'r');
  const stats = fstatSync(fd);
  // A file stream reads a named pipe in a thread of the pool, where nothing can interrupt it; a socket polls.
  if (stats.isFIFO()) return { source: new Socket({ fd, readable: true, writable: false }), size: null };
  return { source: createReadStream(name, { fd }), size: stats.isFile() ? stats.size : null };
}

/** Opens a file for writing, replacing what was there, or stdout for `-`. Rejects when it cannot be written. */
export async function openOutput(name: string): Promise<Writable> {
  if (name === STANDARD) return process.stdout;
  return createWriteStream(name, { fd: await open(name, 'w') });
}

/**
 * Refuses to write over the file that is read.
 * @throws {UsageError} when both names lead to one regular file
 */
export function checkDistinct(input: string, output: string): void {
  if (input === STANDARD || output === STANDARD) return;
  const read = statSync(input, { throwIfNoEntry: false });
  const written = statSync(output, { throwIfNoEntry: false });
  if (read?.isFile() === true && read.dev === written?.dev && read.ino === written.ino) {
    throw new UsageError(`--output: expected another file than --input, got ${output} for both`);
  }
}
