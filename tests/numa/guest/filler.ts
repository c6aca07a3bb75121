/** Writes to all pages of a shared WebAssembly.Memory and prints how many of them each node has, as JSON: `{"0":16384}`. */
import { largestMapping } from './processes.ts';

const PAGES_OF_64_KIB = 1_024;

const memory = new WebAssembly.Memory({ initial: PAGES_OF_64_KIB, maximum: PAGES_OF_64_KIB, shared: true });
new Uint8Array(memory.buffer).fill(1);

// No other mapping without a file has as many pages.
console.log(JSON.stringify(largestMapping('self')));
