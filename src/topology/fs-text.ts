import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Text of `path` below `root`, or null when it cannot be read, whatever the reason: absent, masked, not permitted. */
export function readText(root: string, path: string): string | null {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return null;
  }
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
