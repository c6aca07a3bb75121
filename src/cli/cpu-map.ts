import type { Plan } from '../affinity/plan.ts';
import type { CacheGroup, Topology, TopologyNode } from '../topology/topology.ts';

/** What becomes of a CPU: its mark in a text, and the words for it. */
export const CPU_STATES = {
  used: { mark: '#', words: 'used' },
  host: { mark: 'h', words: 'left to the thread that submits' },
  unused: { mark: '-', words: 'allowed, not used' },
  isolated: { mark: 'i', words: 'isolated, not used' },
  denied: { mark: 'x', words: 'not allowed' },
} as const;
export type CpuState = keyof typeof CPU_STATES;

/** A CPU in its place. */
export interface MappedCpu {
  readonly id: number;
  readonly state: CpuState;
  /** Of an efficiency core. */
  readonly efficiency: boolean;
}

/** The hardware threads of one core. */
export type MappedCore = readonly MappedCpu[];

/** Cores behind one last-level cache, as far as they are of the node. */
export interface MappedCache {
  /** null: the machine does not tell. */
  readonly cache: CacheGroup | null;
  readonly cores: readonly MappedCore[];
}

/** What a node has. */
export interface MappedNode {
  /** null: CPUs that no node has. */
  readonly node: TopologyNode | null;
  /** Whether this process may use its memory. */
  readonly memoryAllowed: boolean;
  /** Ascending; those of a CPU that several nodes claim are with one of them. */
  readonly cpus: readonly MappedCpu[];
  readonly caches: readonly MappedCache[];
}

/** The machine from the node down to the CPU: each online CPU once, nodes in the order of the topology. */
export function cpuMap(topology: Topology, plan: Plan): MappedNode[] {
  const places = new Places(topology);
  const cpuOf = cpuFinder(topology, plan);
  const mapped = [...cpusByNode(topology)].map(([node, ids]): MappedNode => {
    const cpus = ids.map(cpuOf);
    const memoryAllowed = node !== null && topology.allowedNodes.includes(node.id);
    return { node, memoryAllowed, cpus, caches: places.caches(cpus) };
  });
  return mapped.filter(({ node, cpus }) => node !== null || cpus.length > 0);
}

/** The nodes with their CPUs, ascending; null has those of no node. A CPU of several is where it is usable, else with the first. */
function cpusByNode({ nodes, onlineCpus }: Topology): Map<TopologyNode | null, number[]> {
  const owners = new Map<number, TopologyNode | null>();
  const claim = (cpus: readonly number[], owner: TopologyNode | null): void => {
    for (const cpu of cpus) if (!owners.has(cpu)) owners.set(cpu, owner);
  };
  for (const node of nodes) claim(node.usableCpus, node);
  for (const node of nodes) claim(node.cpus, node);
  claim(onlineCpus, null);

  const byNode = new Map<TopologyNode | null, number[]>([...nodes, null].map((node) => [node, []]));
  for (const [cpu, owner] of [...owners].sort(([a], [b]) => a - b)) byNode.get(owner)?.push(cpu);
  return byNode;
}

function cpuFinder({ allowedCpus, isolatedCpus, cpuKinds }: Topology, plan: Plan): (id: number) => MappedCpu {
  const used = new Set(plan.nodes.flatMap(({ cpus }) => cpus));
  const host = new Set(plan.hostCpus);
  const allowed = new Set(allowedCpus);
  const isolated = new Set(isolatedCpus);
  const efficient = new Set(cpuKinds.flatMap(({ kind, cpus }) => (kind === 'efficiency' ? cpus : [])));
  const stateOf = (id: number): CpuState => {
    if (used.has(id)) return 'used';
    if (host.has(id)) return 'host';
    if (!allowed.has(id)) return 'denied';
    return isolated.has(id) ? 'isolated' : 'unused';
  };
  return (id) => ({ id, state: stateOf(id), efficiency: efficient.has(id) });
}

/** In which core and behind which cache a CPU is. */
class Places {
  readonly #cores = new Map<number, readonly number[]>();
  readonly #caches = new Map<number, CacheGroup>();

  constructor({ coreCpus, caches }: Topology) {
    for (const core of coreCpus) for (const cpu of core) this.#cores.set(cpu, core);
    for (const cache of caches) for (const cpu of cache.cpus) this.#caches.set(cpu, cache);
  }

  /** The CPUs of a node by their caches and cores, each in the order of its first CPU. */
  caches(cpus: readonly MappedCpu[]): MappedCache[] {
    const caches = groupBy(cpus, ({ id }) => this.#caches.get(id) ?? null);
    return [...caches].map(([cache, ofCache]) => {
      const cores = groupBy(ofCache, ({ id }) => this.#cores.get(id) ?? id);
      return { cache, cores: [...cores.values()] };
    });
  }
}

function groupBy<K, V>(values: readonly V[], keyOf: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
