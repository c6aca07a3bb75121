import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Calls `body` with a temporary directory that holds `files` (path → text), and removes it. */
export function withFileTree<T>(files: Readonly<Record<string, string>>, body: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), 'tallyio topology '));
  try {
    writeFiles(root, files);
    return body(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Writes `files` (path → text) below a directory. */
export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  const made = new Set<string>();
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path);
    const folder = dirname(file);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    writeFileSync(file, text);
  }
}
