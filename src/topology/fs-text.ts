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
