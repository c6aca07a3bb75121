/**
 * On which nodes the memory of a process is: `/proc/PID/numa_maps`, a line for each mapping with `N<node>=<pages>` and
 * `kernelpagesize_kB=<size>` among its words (numa(7)). To read it the kernel walks the page tables of the process: some
 * 25 ms for each GiB of small pages that are in use, measured in a virtual machine.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readText } from '../topology/fs-text.ts';

/** Bytes by the id of the node that they are on, ascending. */
export type BytesByNode = ReadonlyMap<number, number>;

/** Which mappings count. */
export interface MappingFilter {
  /** Of which at least so much is in memory. @default 0 */
  readonly minimumBytes?: number;
  /** Program text and other files too: whoever read one first has put it where it is. @default false */
  readonly files?: boolean;
}

/** Files that are memory and nothing else. Spaces are written as `\040`. */
const MEMORY_FILE = /^file=(?:\/dev\/zero|\/dev\/shm\/|\/memfd:|\/SYSV|\/anon_hugepage)/;
const NODE_PAGES = /^N(\d{1,5})=(\d{1,15})$/;
const PAGE_SIZE = /^kernelpagesize_kB=(\d{1,9})$/;
/** Kernels before 2.6.39 do not say; those pages are of 4 KiB wherever such a kernel still runs. */
const DEFAULT_PAGE_KIB = 4;

// Below a root.
function numaMapsPath(pid: number): string {
  return `proc/${String(pid)}/numa_maps`;
}

/**
 * Reads where the memory of a process is.
 *
 * @param root directory that holds `proc/`
 * @returns null when the kernel does not tell: it has no NUMA, or the process is gone or somebody else's
 */
export function readResidency(pid: number, filter: MappingFilter = {}, root = '/'): BytesByNode | null {
  return parseNumaMaps(readText(root, numaMapsPath(pid)) ?? '', filter);
}

/** As readResidency, while this thread does something else. */
export async function readResidencyLater(
  pid: number,
  filter: MappingFilter = {},
  root = '/',
): Promise<BytesByNode | null> {
  const text = await readFile(join(root, numaMapsPath(pid)), 'utf8').catch(() => '');
  return parseNumaMaps(text, filter);
}

/** @returns null when no line is one of this file; a map without entries when nothing that counts is in memory */
export function parseNumaMaps(text: string, filter: MappingFilter = {}): BytesByNode | null {
  const bytes = new Map<number, number>();
  let isKnown = false;
  // Line by line: the file of a large process has megabytes.
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
    if (!/^[0-9a-f]{4,16} /.test(line)) continue;
    isKnown = true;
    addMapping(bytes, line.split(' '), filter);
  }
  return isKnown ? ascending(bytes) : null;
}

function addMapping(bytes: Map<number, number>, words: readonly string[], filter: MappingFilter): void {
  const file = words.find((word) => word.startsWith('file='));
  if (file !== undefined && filter.files !== true && !MEMORY_FILE.test(file)) return;
  const size = words.map((word) => PAGE_SIZE.exec(word)?.[1]).find((kib) => kib !== undefined);
  const pageBytes = (size === undefined ? DEFAULT_PAGE_KIB : Number(size)) * 1024;
  const pages = words.map((word) => NODE_PAGES.exec(word)).filter((match) => match !== null);
  const all = pages.reduce((sum, [, , count]) => sum + Number(count), 0) * pageBytes;
  if (all < (filter.minimumBytes ?? 0)) return;
  for (const [, node, count] of pages) {
    bytes.set(Number(node), (bytes.get(Number(node)) ?? 0) + Number(count) * pageBytes);
  }
}

function ascending(bytes: ReadonlyMap<number, number>): BytesByNode {
  return new Map([...bytes].sort(([one], [other]) => one - other));
}
