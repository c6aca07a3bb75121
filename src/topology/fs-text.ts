import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

/** Files of the kernel are smaller, by orders of magnitude: what is larger was put there by somebody else. */
const MOST_BYTES = 8 * 2 ** 20;
/** Files are read one at a time and at once, so that one buffer does for all. */
const CHUNK = Buffer.allocUnsafeSlow(64 * 2 ** 10);

/** What became of a file: its text without NUL bytes, or that there is none, or why it cannot be read. */
export type TextFile =
  | { readonly state: 'read'; readonly text: string }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly reason: string };

/** Reads a regular file of at most 8 MiB below `root`. Directories, pipes, devices and cycles of links are unreadable. */
export function readTextFile(root: string, path: string): TextFile {
  try {
    // Without O_NONBLOCK, opening a pipe waits for somebody who writes.
    const descriptor = openSync(join(root, path), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return textOf(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return isAbsence(error) ? { state: 'absent' } : { state: 'unreadable', reason: reasonOf(error) };
  }
}

/** Text of `path` below `root` without NUL bytes, or null when it cannot be read, whatever the reason: absent, masked, not permitted. */
export function readText(root: string, path: string): string | null {
  const file = readTextFile(root, path);
  return file.state === 'read' ? file.text : null;
}

/** A file that holds one whole number; null when it cannot be read or holds something else, such as `max`. */
export function readInteger(root: string, path: string): number | null {
  return parseInteger(readText(root, path));
}

/** A text that is one whole number; null for everything else. */
export function parseInteger(text: string | null): number | null {
  const trimmed = text?.trim() ?? '';
  return /^-?\d{1,20}$/.test(trimmed) ? Number(trimmed) : null;
}

/** Whether an error of a file operation means that there is no such file. */
export function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** The code of an error of a file operation, such as EACCES. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** Files of /proc and /sys claim a size of 0 or of a page, so that their end is where reading ends. */
function textOf(descriptor: number): TextFile {
  if (!fstatSync(descriptor).isFile()) return { state: 'unreadable', reason: 'no regular file' };
  let text = '';
  const decoder = new StringDecoder('utf8');
  for (let total = 0; total <= MOST_BYTES;) {
    const bytes = readSync(descriptor, CHUNK, 0, CHUNK.length, null);
    if (bytes === 0) return { state: 'read', text: (text + decoder.end()).replaceAll('\0', '') };
    text += decoder.write(CHUNK.subarray(0, bytes));
    total += bytes;
  }
  return { state: 'unreadable', reason: `more than ${String(MOST_BYTES)} bytes` };
}
