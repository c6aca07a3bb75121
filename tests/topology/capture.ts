import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A folder: its folders, and its files with their bytes as latin1. */
export interface Tree {
  readonly [name: string]: string | Tree;
}

/** What a machine should read as. */
export interface Expected {
  readonly nodes: readonly {
    readonly id: number;
    readonly cpus: readonly number[];
    readonly memoryKiB: number | null;
  }[];
  readonly onlineCpus: readonly number[];
  readonly packages: number;
  readonly cores: number;
  readonly smt: boolean;
  /** Hardware threads of a core → how many cores have that many. */
  readonly coresByThreads: Readonly<Record<string, number>>;
  /** `ids` names rows and columns; null: not known, or one node. */
  readonly distances: { readonly ids: readonly number[]; readonly matrix: readonly (readonly number[])[] } | null;
  /** What the process may use; absent: everything. */
  readonly allowed?: { readonly cpus: readonly number[]; readonly nodes: readonly number[] };
  /** One node has to be made up. */
  readonly noNodeDirectory?: boolean;
}

/** The files of a machine, and what is known of it from elsewhere. */
export interface Capture {
  readonly expected: Expected;
  /** `links.txt` in it has a line `PATH -> TARGET` for each symbolic link. */
  readonly tree: Tree;
}

/** Reads a capture; its shape is taken on trust. */
export function readCapture(file: string): Capture {
  return JSON.parse(readFileSync(file, 'utf8')) as Capture;
}

/** Whether a tree has something at a path. */
export function holds(tree: Tree, path: string): boolean {
  let at: string | Tree | undefined = tree;
  for (const name of path.split('/')) at = typeof at === 'object' ? at[name] : undefined;
  return at !== undefined;
}

/** Lays the files of a capture out in a directory, symbolic links included. */
export function layOut(tree: Tree, directory: string): void {
  writeFolder(tree, directory);
  const links = tree['links.txt'];
  if (typeof links !== 'string') return;
  for (const line of links.split('\n')) {
    const [path, target] = line.split(' -> ');
    if (path === undefined || target === undefined) continue;
    const at = join(directory, path);
    mkdirSync(dirname(at), { recursive: true });
    if (!existsSync(at)) symlinkSync(target, at);
  }
}

function writeFolder(folder: Tree, directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, value] of Object.entries(folder)) {
    const at = join(directory, name);
    if (typeof value === 'string') writeFileSync(at, value, 'latin1');
    else writeFolder(value, at);
  }
}
