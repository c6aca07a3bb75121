/** Writes to all pages of a shared WebAssembly.Memory and prints how many of them each node has, as JSON: `{"0":16384}`. */
import { readFileSync } from 'node:fs';

const PAGES_OF_64_KIB = 1_024;

const memory = new WebAssembly.Memory({ initial: PAGES_OF_64_KIB, maximum: PAGES_OF_64_KIB, shared: true });
new Uint8Array(memory.buffer).fill(1);

// No other mapping without a file has as many pages.
const mappings = readFileSync('/proc/self/numa_maps', 'latin1')
  .split('\n')
  .filter((line) => line.includes(' anon='))
  .map((line) => [...line.matchAll(/ N(\d+)=(\d+)/g)].map(([, node, pages]) => [String(node), Number(pages)] as const));
const sum = (mapping: (typeof mappings)[number]): number => mapping.reduce((all, [, pages]) => all + pages, 0);
const largest = mappings.reduce((most, mapping) => (sum(mapping) > sum(most) ? mapping : most), []);
console.log(JSON.stringify(Object.fromEntries(largest)));
