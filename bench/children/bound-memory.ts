/** Fills memory and reads it; prints percent of it on a node, and how long reading took in ns. */
import { readFileSync } from 'node:fs';
import { readMemory } from '../handlers.ts';
import { printFigures, readInput } from './input.ts';

export interface BoundMemoryInput {
  readonly mebibytes: number;
  /** Id of the node. */
  readonly node: number;
}

const { mebibytes, node } = readInput() as BoundMemoryInput;
const readNs = readMemory(mebibytes);
const pages = new Map<number, number>();
for (const line of readFileSync('/proc/self/numa_maps', 'latin1').split('\n')) {
  if (!line.includes(' anon=')) continue;
  for (const [, id, count] of line.matchAll(/ N(\d+)=(\d+)/g)) {
    pages.set(Number(id), (pages.get(Number(id)) ?? 0) + Number(count));
  }
}
const all = [...pages.values()].reduce((sum, count) => sum + count, 0);
printFigures({ share: ((pages.get(node) ?? 0) / all) * 100, readNs });
