import { formatCpuList } from '../topology/cpulist.ts';
import type { Plan } from '../affinity/plan.ts';
import type { Topology } from '../topology/topology.ts';
import { CPU_STATES, type MappedCache, type MappedCore, type MappedCpu, type MappedNode } from './cpu-map.ts';
import { absentCpus, nodeMemory, nodeName } from './node-boxes.ts';
import { memoryBinding } from './plan-lines.ts';
import { counted, formatBytes, wrap } from './print.ts';
import { charactersIn, label, rectangle, textWidth } from './svg-elements.ts';

const CPU = { width: 24, height: 19, gap: 1 } as const;
/** Threads of a core in one row. */
const THREADS_A_ROW = 4;
const CORE_PADDING = 2;
const CORE_GAP = 3;
const CACHE = { padding: 6, gap: 6, title: 15 } as const;
const NODE = { padding: 8, gap: 12, title: 24, line: 15, width: 279 } as const;
/** Lines below the title of a node, at most. */
const MOST_LINES = 3;

/** Something that knows its size and draws itself anywhere. */
export interface Part {
  readonly width: number;
  readonly height: number;
  draw(x: number, y: number): string[];
}

/** How many nodes stand side by side. */
function columnsFor(nodes: number): number {
  if (nodes <= 2) return nodes;
  if (nodes <= 4) return 2;
  if (nodes <= 16) return 4;
  return nodes <= 36 ? 6 : 8;
}

/** The nodes in rows, as boxes of equal width. */
export function nodeGrid(nodes: readonly MappedNode[], topology: Topology, plan: Plan, width: number): Part {
  const columns = columnsFor(nodes.length);
  const share = (width - (columns - 1) * NODE.gap) / columns;
  const contents = nodes.map(({ caches }) => cachesPart(caches, share - 2 * NODE.padding));
  const widest = Math.max(...contents.map((content) => content.width)) + 2 * NODE.padding;
  const own = Math.min(share, Math.max(NODE.width, widest));
  const parts = nodes.map((node, i) => nodePart(node, nodeNotes(node, topology, plan), contents[i] ?? NOTHING, own));
  const rows: Part[] = [];
  for (let first = 0; first < parts.length; first += columns) {
    const row = parts.slice(first, first + columns);
    const height = Math.max(...row.map((part) => part.height));
    const draw = (x: number, y: number): string[] =>
      row.flatMap((part, i) => {
        const left = x + i * (own + NODE.gap);
        return [rectangle('node', { x: left, y, width: own, height }, 6), ...part.draw(left, y)];
      });
    rows.push({ width, height, draw });
  }
  return flow(rows, width, NODE.gap);
}

const NOTHING: Part = { width: 0, height: 0, draw: () => [] };

function cachesPart(caches: readonly MappedCache[], width: number): Part {
  return flow(
    caches.map((cache) => cachePart(cache, width)),
    width,
    CACHE.gap,
  );
}

function nodePart(mapped: MappedNode, notes: readonly string[], caches: Part, width: number): Part {
  const inner = width - 2 * NODE.padding;
  const lines = notes.flatMap((note) => wrap(note, charactersIn(inner, 11)));
  const shown = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES - 1), '…'] : lines;
  const top = NODE.title + shown.length * NODE.line + 4;
  return {
    width,
    height: top + caches.height + NODE.padding,
    draw: (x, y) => [
      label('name', x + NODE.padding, y + 17, nodeName(mapped)),
      label('memory', x + width - NODE.padding, y + 17, nodeMemory(mapped)),
      ...shown.map((line, i) => label('note', x + NODE.padding, y + NODE.title + 9 + i * NODE.line, line)),
      ...caches.draw(x + NODE.padding, y + top),
    ],
  };
}

/** What an engine does with the node. */
function nodeNotes({ node, cpus }: MappedNode, topology: Topology, plan: Plan): string[] {
  const planned = plan.nodes.find(({ id }) => id === node?.id);
  if (planned !== undefined) {
    const workers = counted(planned.workers, 'worker');
    if (plan.nodes.length === 1) return [workers];
    const own = planned.memoryNode === planned.id;
    return [`${workers}, memory ${own ? 'bound' : memoryBinding(planned, topology)}`];
  }
  const reasons = new Set(plan.unused.filter((entry) => entry.node === node?.id).map(({ reason }) => reason));
  if (node !== null && cpus.length === 0 && reasons.size === 0) return [absentCpus(node)];
  return [['not used', ...reasons].join(': ')];
}

function cachePart({ cache, cores }: MappedCache, width: number): Part {
  const title = cache === null ? '' : cacheTitle(cache);
  const padding = cache === null ? 0 : CACHE.padding;
  const top = cache === null ? 0 : CACHE.title;
  const content = coresPart(coreParts(cores), width - 2 * padding);
  const own = Math.min(width, Math.max(content.width, textWidth(title, 10)) + 2 * padding);
  const height = top + content.height + padding;
  return {
    width: own,
    height,
    draw: (x, y) =>
      cache === null
        ? content.draw(x, y)
        : [
            rectangle('cache', { x, y, width: own, height }, 4, `${title}, CPUs ${formatCpuList(cache.cpus)}`),
            label('size', x + padding, y + 11, title),
            ...content.draw(x + padding, y + top),
          ],
  };
}

/** Cores of one size in full rows of a round number. */
function coresPart(cores: readonly Part[], width: number): Part {
  const [first = NOTHING] = cores;
  const step = first.width + CORE_GAP;
  const fit = Math.floor((width + CORE_GAP) / step);
  const isUniform = cores.every((core) => core.width === first.width);
  const inRow = [8, 4].map((round) => fit - (fit % round)).find((count) => count > 0) ?? fit;
  return flow(cores, isUniform && cores.length > fit ? inRow * step : width, CORE_GAP);
}

function cacheTitle({ level, sizeKiB }: { readonly level: number; readonly sizeKiB: number | null }): string {
  return `L${String(level)}${sizeKiB === null ? '' : ` ${formatBytes(sizeKiB * 1024)}`}`;
}

/** Cores as boxes, or as single cells where no core has several threads. */
function coreParts(cores: readonly MappedCore[]): Part[] {
  if (cores.every(({ length }) => length === 1)) return cores.flat().map(cpuPart);
  return cores.map((cpus) => coreBox(cpus.map(cpuPart), `core with CPUs ${formatCpuList(cpus.map(({ id }) => id))}`));
}

/** A box around the threads of one core, or around samples of them in the legend. */
export function coreBox(cells: readonly Part[], title = ''): Part {
  const threads = flow(cells, THREADS_A_ROW * (CPU.width + CPU.gap), CPU.gap);
  const size = { width: threads.width + 2 * CORE_PADDING, height: threads.height + 2 * CORE_PADDING };
  return {
    ...size,
    draw: (x, y) => [
      rectangle('core', { x, y, ...size }, 3, title),
      ...threads.draw(x + CORE_PADDING, y + CORE_PADDING),
    ],
  };
}

/** A CPU with its number. */
function cpuPart({ id, state, efficiency }: MappedCpu): Part {
  const kind = efficiency ? ', of an efficiency core' : '';
  return cell(String(id), state, efficiency, `CPU ${String(id)}: ${CPU_STATES[state].words}${kind}`);
}

/** A CPU, or a sample of one for the legend. */
export function cell(text: string, state: MappedCpu['state'], round: boolean, title = ''): Part {
  const { width, height } = CPU;
  return {
    width,
    height,
    draw: (x, y) => [
      rectangle(`cpu ${state}`, { x, y, width, height }, round ? height / 2 : 2, title),
      label(`id on-${state}`, x + width / 2, y + 13, text),
      ...(state === 'denied'
        ? [
            `<path class="strike" d="M${String(x + 3)} ${String(y + height - 3)}l${String(width - 6)} ${String(6 - height)}"/>`,
          ]
        : []),
    ],
  };
}

/** Parts side by side, in a new row where the width ends. */
function flow(parts: readonly Part[], width: number, gap: number): Part {
  const placed: { readonly part: Part; readonly x: number; readonly y: number }[] = [];
  let [x, y, rowHeight, widest] = [0, 0, 0, 0];
  for (const part of parts) {
    if (x > 0 && x + part.width > width + 0.5) [x, y, rowHeight] = [0, y + rowHeight + gap, 0];
    placed.push({ part, x, y });
    rowHeight = Math.max(rowHeight, part.height);
    widest = Math.max(widest, x + part.width);
    x += part.width + gap;
  }
  return {
    width: widest,
    height: y + rowHeight,
    draw: (left, top) => placed.flatMap(({ part, x, y }) => part.draw(left + x, top + y)),
  };
}
