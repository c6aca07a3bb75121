import { formatCpuList } from '../topology/cpulist.ts';
import type { TopologyNode } from '../topology/topology.ts';
import { CPU_STATES, type MappedCache, type MappedCore, type MappedNode } from './cpu-map.ts';
import { counted, formatBytes, labelled, table, wrap } from './print.ts';

/** Narrowest box of a node. */
const NARROWEST_BOX = 38;
/** Beyond so many nodes each has a line of a table. */
const MOST_BOXES = 8;
/** Columns that a table of nodes needs beside their maps. */
const TABLE_COLUMNS = 60;
/** CPUs without siblings are set apart in groups of so many. */
const GROUP = 8;

/** The nodes for people: boxes side by side, or a table when there are many. */
export function nodeLines(nodes: readonly MappedNode[], width: number): string[] {
  return nodes.length <= MOST_BOXES ? boxes(nodes, width) : nodeTable(nodes, width);
}

/** `node 3`, or what stands for CPUs of no node. */
export function nodeName({ node }: MappedNode): string {
  return node === null ? 'no node' : `node ${String(node.id)}`;
}

/** Memory of a node for people; empty for CPUs of no node. */
export function nodeMemory({ node, memoryAllowed }: MappedNode): string {
  if (node === null) return '';
  if (node.memoryKiB === 0) return 'no memory';
  const size = node.memoryKiB === null ? 'memory unknown' : formatBytes(node.memoryKiB * 1024);
  return memoryAllowed ? size : `${size}, not allowed`;
}

/** Why a node is drawn without CPUs. */
export function absentCpus({ cpus }: TopologyNode): string {
  return cpus.length === 0 ? 'no CPUs' : `CPUs ${formatCpuList(cpus)}, which another node has as well: drawn there`;
}

function boxes(nodes: readonly MappedNode[], width: number): string[] {
  const columns = Math.max(1, Math.min(nodes.length, Math.floor((width + 1) / (NARROWEST_BOX + 1))));
  const boxWidth = Math.floor((width - (columns - 1)) / columns);
  const lines: string[] = [];
  for (let first = 0; first < nodes.length; first += columns) {
    const row = nodes.slice(first, first + columns).map((node) => ({ node, content: nodeContent(node, boxWidth - 4) }));
    const height = Math.max(...row.map(({ content }) => content.length));
    const drawn = row.map(({ node, content }) => box(node, content, boxWidth, height));
    for (let i = 0; i < height + 2; i++) lines.push(drawn.map((box) => box[i] ?? '').join(' '));
  }
  return lines;
}

function box(node: MappedNode, content: readonly string[], width: number, height: number): string[] {
  const title = `─ ${nodeName(node)} `;
  const memory = nodeMemory(node);
  const end = memory === '' ? '' : ` ${memory} ─`;
  return [
    `┌${title}${'─'.repeat(Math.max(0, width - 2 - title.length - end.length))}${end}┐`,
    ...Array.from({ length: height }, (_, i) => `│ ${(content[i] ?? '').padEnd(width - 4)} │`),
    `└${'─'.repeat(width - 2)}┘`,
  ];
}

function nodeContent(mapped: MappedNode, width: number): string[] {
  const { node, cpus, caches } = mapped;
  if (cpus.length === 0) return wrap(node === null ? '' : absentCpus(node), width);
  const rows: [string, string][] = [
    ['CPUs', formatCpuList(cpus.map(({ id }) => id))],
    ['cores', coreText(caches.flatMap(({ cores }) => cores))],
    ...cacheRows(caches),
  ];
  for (const state of ['host', 'unused', 'isolated', 'denied'] as const) {
    const inState = cpus.filter((cpu) => cpu.state === state);
    if (inState.length > 0) rows.push([LABELS[state], formatCpuList(inState.map(({ id }) => id))]);
  }
  return [...wrap(marks(mapped), width), ...labelled(rows, width)];
}

const LABELS = { host: 'host', unused: 'not used', isolated: 'isolated', denied: 'not allowed' } as const;

/** A mark per CPU: cores with several threads set apart, the cores of a cache in brackets. */
function marks({ caches }: MappedNode): string {
  return caches
    .map(({ cache, cores }) => {
      const words = coreWords(cores).join(' ');
      return cache === null ? words : `[${words}]`;
    })
    .join(' ');
}

function coreWords(cores: readonly MappedCore[]): string[] {
  const words: string[] = [];
  let singles = 0;
  for (const core of cores) {
    const word = core.map(({ state }) => CPU_STATES[state].mark).join('');
    const joins = core.length === 1 && singles % GROUP !== 0;
    singles = core.length === 1 ? singles + 1 : 0;
    if (joins) words.push(`${words.pop() ?? ''}${word}`);
    else words.push(word);
  }
  return words;
}

/** Cores by their number of threads: `6 × 2 threads: 0+14 … 5+19; 8 × 1 thread`. */
function coreText(cores: readonly MappedCore[]): string {
  const counts = [...new Set(cores.map(({ length }) => length))].sort((a, b) => b - a);
  return counts
    .map((threads) => {
      const same = cores.filter(({ length }) => length === threads);
      const text = `${String(same.length)} × ${counted(threads, 'thread')}`;
      return threads === 1 ? text : `${text}: ${siblings(same)}`;
    })
    .join('; ');
}

/** The threads of each core; of cores that follow each other at one distance, the first and the last. */
function siblings(cores: readonly MappedCore[]): string {
  const runs: { readonly first: MappedCore; last: MappedCore; step: number; length: number }[] = [];
  for (const core of cores) {
    const run = runs.at(-1);
    const step = run === undefined ? null : shift(run.last, core);
    if (run === undefined || step === null || (run.length > 1 && step !== run.step)) {
      runs.push({ first: core, last: core, step: 0, length: 1 });
    } else Object.assign(run, { last: core, step, length: run.length + 1 });
  }
  return runs
    .map(({ first, last, length }) =>
      [first, last]
        .slice(0, length)
        .map(threadsOf)
        .join(length > 2 ? ' … ' : ' '),
    )
    .join(' ');
}

/** By how much the CPUs of `b` are above those of `a`; null when not all by the same. */
function shift(a: MappedCore, b: MappedCore): number | null {
  const steps = new Set(b.map(({ id }, i) => id - (a[i]?.id ?? NaN)));
  const [step = null] = steps;
  return steps.size === 1 ? step : null;
}

function threadsOf(core: MappedCore): string {
  return formatCpuList(core.map(({ id }) => id)).replaceAll(',', '+');
}

/** Caches by their level: one, or how many of which size and the CPUs of each. */
function cacheRows(caches: readonly MappedCache[]): [string, string][] {
  const rows = new Map<string, string[]>();
  for (const { cache, cores } of caches) {
    if (cache === null) continue;
    const own = cores.flat();
    const whole = own.length === cache.cpus.length ? '' : ', shared with other nodes';
    const text = `${formatCpuList(own.map(({ id }) => id))}${whole}`;
    const key = `L${String(cache.level)}\n${cache.sizeKiB === null ? '' : formatBytes(cache.sizeKiB * 1024)}`;
    rows.set(key, [...(rows.get(key) ?? []), text]);
  }
  return [...rows].map(([key, texts]) => {
    const [label = '', size = ''] = key.split('\n');
    const [only] = texts;
    const list = caches.length === 1 && only !== undefined ? only : texts.join(' | ');
    const count = texts.length === 1 ? '' : `${String(texts.length)} × `;
    return [label, size === '' ? list : `${count}${size}: ${list}`];
  });
}

function nodeTable(nodes: readonly MappedNode[], width: number): string[] {
  const maps = nodes.map(marks);
  const withMaps = maps.every(({ length }) => length <= width - TABLE_COLUMNS);
  const rows = [
    ['node', 'memory', 'cores', ...(withMaps ? ['map'] : [])],
    ...nodes.map((mapped, i) => [
      nodeName(mapped).replace('node ', ''),
      nodeMemory(mapped),
      String(mapped.caches.reduce((sum, { cores }) => sum + cores.length, 0)),
      ...(withMaps ? [maps[i] ?? ''] : []),
    ]),
  ];
  const lists = ['CPUs', ...nodes.map(({ cpus }) => formatCpuList(cpus.map(({ id }) => id)))];
  // A last cell, so that the last column is padded as well.
  const labels = table(rows.map((row) => [...row, ''])).split('\n');
  return labelled(
    labels.map((label, i) => [label.trimEnd(), lists[i] ?? '']),
    width,
  ).map((line) => line.trimEnd());
}
