import type { MachineFiles } from './machine-files.ts';
import { NODE_FOLDER, type NodeList } from './nodes.ts';
import { listed } from './warnings.ts';

/** ACPI: less has no meaning, 10 is local, 255 is out of reach. */
const LEAST = 10;
const MOST = 255;

/**
 * The distances from each node of a list to each of them, in their order; null for a node that does not tell. The k-th number
 * of a file belongs to the k-th node that is online, whatever its id, and the file of a node has the way from it.
 */
export function readDistances(files: MachineFiles, { online, nodes }: NodeList): (number[] | null)[] {
  const columns = nodes.map(({ id }) => online.indexOf(id));
  const absent: number[] = [];
  const rows = nodes.map(({ id }, own) => {
    const path = `${NODE_FOLDER}/node${String(id)}/distance`;
    const text = files.text(path);
    if (text === null) {
      absent.push(id);
      return null;
    }
    const row = parseRow(text, columns, online.length, own);
    if (typeof row !== 'string') return row;
    files.warnings.add(
      'WARN_BAD_DISTANCES',
      `expected ${row} in ${path}, got ${JSON.stringify(text.trim().slice(0, 60))}: assumed to be unknown`,
    );
    return null;
  });
  if (absent.length > 0 && nodes.length > 1) {
    files.warnings.add(
      'WARN_NO_DISTANCES',
      `expected distances of each node, got none of node ${listed(absent)}: assumed to be unknown`,
    );
  }
  return rows;
}

/** @returns what was expected, when it is something else */
function parseRow(text: string, columns: readonly number[], length: number, own: number): number[] | string {
  const words = text.trim().split(/\s+/);
  const all = words.map((word) => (/^\d{1,3}$/.test(word) ? Number(word) : Number.NaN));
  if (all.length !== length) return `${String(length)} distances, one for each node online,`;
  if (!all.every((distance) => distance >= LEAST && distance <= MOST)) {
    return `distances from ${String(LEAST)} to ${String(MOST)}`;
  }
  const row = columns.flatMap((column) => all[column] ?? []);
  return Math.min(...row) === row[own] ? row : 'no distance shorter than the one to the node itself';
}
