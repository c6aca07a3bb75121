import { formatCpuList } from '../topology/cpulist.ts';
import type { TopologyNode } from '../topology/topology.ts';
import { labelled, wrap } from './print.ts';

/** One character for each distance when numbers are too wide, the nearest first. */
const SYMBOLS = '.123456789abcdefghijklmnopqrstuvwxyz';

/** Nodes with their distances to each node, in the order of the nodes. */
export interface Matrix {
  readonly ids: readonly number[];
  readonly rows: readonly (readonly number[])[];
}

/** The distances of a machine's nodes, or null when there is nothing to compare. */
export function distanceMatrix(nodes: readonly TopologyNode[]): Matrix | null {
  const rows = nodes.flatMap(({ distances }) => (distances === null ? [] : [distances]));
  return nodes.length < 2 || rows.length < nodes.length ? null : { ids: nodes.map(({ id }) => id), rows };
}

/**
 * Distances for people: a matrix of numbers, of one character a node when that is too wide, or the nodes at each distance
 * when even that is.
 */
export function distanceLines({ ids, rows }: Matrix, width: number): string[] {
  const numbers = numberMatrix({ ids, rows });
  if (numbers.every(({ length }) => length <= width)) return numbers;
  const distances = [...new Set(rows.flat())].sort((a, b) => a - b);
  const column = labelWidth(ids);
  if (distances.length > SYMBOLS.length || column + ids.length > width) return lists({ ids, rows }, width);
  const key = distances.map((distance, i) => `${SYMBOLS.charAt(i)} = ${String(distance)}`).join(', ');
  return [
    ...wrap(`a line per node, a character per node it reaches, both in the order ${formatCpuList(ids)}: ${key}`, width),
    ...rows.map((row, i) => {
      const symbols = row.map((distance) => SYMBOLS.charAt(distances.indexOf(distance)));
      return `${String(ids[i]).padStart(column - 2)}  ${symbols.join('')}`;
    }),
  ];
}

function labelWidth(ids: readonly number[]): number {
  return Math.max(...ids.map((id) => String(id).length)) + 2;
}

function numberMatrix({ ids, rows }: Matrix): string[] {
  const cell = Math.max(...[...ids, ...rows.flat()].map((number) => String(number).length)) + 2;
  const corner = 'from \\ to';
  const line = (label: string, numbers: readonly number[]): string =>
    label.padStart(corner.length) + numbers.map((number) => String(number).padStart(cell)).join('');
  return [line(corner, ids), ...rows.map((row, i) => line(String(ids[i]), row))];
}

function lists({ ids, rows }: Matrix, width: number): string[] {
  const lines = rows.map((row, i): [string, string] => {
    const near = [...new Set(row)].sort((a, b) => a - b);
    const groups = near.map((distance) => {
      const there = ids.filter((_, k) => row[k] === distance);
      return `${String(distance)}: ${formatCpuList(there)}`;
    });
    return [String(ids[i]), groups.join('; ')];
  });
  return labelled([['from', 'distance: nodes'], ...lines], width);
}
