/**
 * What the kernel counts of each node when it gives out pages: `/sys/devices/system/node/nodeN/numastat` (numastat(8)). The numbers
 * are those of the whole machine, of every process on it, since it was started.
 */
import { readText } from '../topology/fs-text.ts';

/** Pages. */
export interface NodePages {
  /** Given out here, as was wanted. */
  readonly hit: number;
  /** Given out here although another node was wanted, which had none left. */
  readonly miss: number;
  /** Wanted here and given out elsewhere. */
  readonly foreign: number;
  /** Given out here as was wanted, for memory that is spread over nodes. */
  readonly interleaveHit: number;
  /** Given out here to a thread that ran here. */
  readonly local: number;
  /** Given out here to a thread that ran elsewhere. */
  readonly other: number;
}

/** The same, by the id of the node. */
export type Numastat = ReadonlyMap<number, NodePages>;

const NAMES = {
  hit: 'numa_hit',
  miss: 'numa_miss',
  foreign: 'numa_foreign',
  interleaveHit: 'interleave_hit',
  local: 'local_node',
  other: 'other_node',
} as const satisfies Record<keyof NodePages, string>;
/**
 * Reads the counters of these nodes.
 *
 * @param root directory that holds `sys/`
 * @returns null when no node has all of them; a node that has not is left out
 */
export function readNumastat(nodes: readonly number[], root = '/'): Numastat | null {
  const stats = new Map<number, NodePages>();
  for (const node of nodes) {
    const pages = parse(readText(root, `sys/devices/system/node/node${String(node)}/numastat`) ?? '');
    if (pages !== null) stats.set(node, pages);
  }
  return stats.size === 0 ? null : stats;
}

/** What has been counted since a first reading: nodes that both have; a counter that fell was set back to 0 meanwhile. */
export function pagesSince(first: Numastat, now: Numastat): Numastat {
  const since = new Map<number, NodePages>();
  for (const [node, pages] of now) {
    const before = first.get(node);
    if (before !== undefined) since.set(node, combine(pages, before));
  }
  return since;
}

/** The sum of one counter over all nodes. */
export function sumOf(stats: Numastat, field: keyof NodePages): number {
  let sum = 0;
  for (const pages of stats.values()) sum += pages[field];
  return sum;
}

function combine(now: NodePages, before: NodePages): NodePages {
  const difference = (field: keyof NodePages): number =>
    now[field] < before[field] ? now[field] : now[field] - before[field];
  return fromEach(difference);
}

function parse(text: string): NodePages | null {
  const values = new Map<string, number>();
  for (const [, name = '', value] of text.matchAll(/^(\w+) (\d{1,20})$/gm)) values.set(name, Number(value));
  if (!Object.values(NAMES).every((name) => values.has(name))) return null;
  return fromEach((field) => values.get(NAMES[field]) ?? 0);
}

function fromEach(valueOf: (field: keyof NodePages) => number): NodePages {
  return {
    hit: valueOf('hit'),
    miss: valueOf('miss'),
    foreign: valueOf('foreign'),
    interleaveHit: valueOf('interleaveHit'),
    local: valueOf('local'),
    other: valueOf('other'),
  };
}
