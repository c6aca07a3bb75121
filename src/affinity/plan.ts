import { NumaError } from '../base/errors.ts';
import { formatCpuList } from '../topology/cpulist.ts';
import type { Topology, TopologyNode } from '../topology/topology.ts';
import { placesOf } from './places.ts';
import { sharesOf } from './shares.ts';

/** What the placement of node processes depends on, beside the machine. */
export interface PlanOptions {
  /** Ids of the nodes to use. @default all usable ones */
  readonly nodes?: readonly number[] | undefined;
  /**
   * 'node': a process may use all CPUs of its node; 'core': each worker has a core; 'off': nothing is pinned, and no memory is
   * bound. Where isolated CPUs are in use, 'node' too gives each worker on one of them a core, as the kernel never moves a
   * thread from one isolated CPU to another; with 'off' it leaves them idle.
   */
  readonly pin: 'node' | 'core' | 'off';
  /** CPUs that the kernel's scheduler leaves alone are used too. They are in any case when this process may use no others. */
  readonly useIsolatedCpus: boolean;
  /** Leaves a core out of the plan, for the thread that submits: the first one of the node with most CPUs. */
  readonly reserveHostCore: boolean;
  /** Workers in all, at least 1; may be more than there are CPUs. @default one per CPU of the plan, within the CPU quota */
  readonly workers?: number | undefined;
}

/** One node process. */
export interface PlannedNode {
  readonly id: number;
  /** The mask of the process, ascending. */
  readonly cpus: readonly number[];
  /** At least 1. */
  readonly workers: number;
  /** CPUs of each worker, by its index; undefined: those of the process. */
  readonly workerCpus: readonly (readonly number[])[] | undefined;
  /** The node that its memory is bound to; null: it has none of its own, or may not use it. */
  readonly memoryNode: number | null;
}

/** What the machine has and the plan does not use. */
interface UnusedCpus {
  readonly node: number;
  /** Ascending; empty for a node without CPUs of its own. */
  readonly cpus: readonly number[];
  /** For people: ends a sentence that begins with "not used, because". */
  readonly reason: string;
}

/** Which nodes run how many workers on which CPUs. */
export interface Plan {
  /** By ascending id; one at least. */
  readonly nodes: readonly PlannedNode[];
  /** CPUs of the core that is left to the host thread; null: none was asked for. */
  readonly hostCpus: readonly number[] | null;
  /**
   * Nodes, and CPUs of nodes, that no worker runs on, and why; by ascending id. Where workers are pinned one by one these are also
   * the CPUs of a mask that none of them is pinned to: the other threads of the process may run there.
   */
  readonly unused: readonly UnusedCpus[];
}

/** A node that may get a process, and its part of the mask. */
interface Candidate {
  readonly node: TopologyNode;
  readonly cpus: readonly number[];
}

/** The nodes of a plan in the making, and what has been left out so far. */
interface Draft {
  readonly candidates: readonly Candidate[];
  readonly unused: readonly UnusedCpus[];
}

/**
 * Plans the node processes: which nodes run how many workers on which CPUs, and what is left out and why. The same machine and
 * options give the same plan. Workers are shared out in proportion to the CPUs of each node (largest remainder, ties to the lower
 * id), one at least for each; with fewer workers than nodes the smallest nodes get none.
 *
 * @throws NumaError ERR_NODE_UNAVAILABLE when a node of `nodes` does not exist or cannot be used; ERR_INVALID_OPTION when `nodes`
 *   is empty, or `reserveHostCore` would leave nothing
 */
export function planNodes(topology: Topology, options: PlanOptions): Plan {
  const usable = usableNodes(topology, options.useIsolatedCpus);
  const chosen = chooseNodes(usable, topology, options.nodes);
  const { draft, hostCpus } = options.reserveHostCore
    ? reserveCore(chosen, topology)
    : { draft: chosen, hostCpus: null };
  const workers = options.workers ?? defaultWorkers(draft.candidates, topology.cpuQuota);
  const { candidates, unused } = keepLargest(draft, workers, workersReason(workers, options, topology));
  const shares = sharesOf(
    workers,
    candidates.map(({ cpus }) => cpus.length),
  );
  const nodes = candidates.map((candidate, n) => plannedNode(candidate, shares[n] ?? 1, topology, options.pin));
  return { nodes, hostCpus, unused: sorted([...unused, ...nodes.flatMap(withoutWorker)]) };
}

/** Every node with a CPU that may be used. At least one: without any, there is one whose mask is not known. */
function usableNodes(topology: Topology, useIsolatedCpus: boolean): Draft {
  const isolated = new Set(topology.isolatedCpus);
  const onlyIsolated = topology.nodes.every(({ usableCpus }) => usableCpus.every((cpu) => isolated.has(cpu)));
  const skip = useIsolatedCpus || onlyIsolated ? new Set<number>() : isolated;
  const all = topology.nodes.map((node) => ({ node, cpus: node.usableCpus.filter((cpu) => !skip.has(cpu)) }));
  const candidates = all.filter(({ cpus }) => cpus.length > 0);
  const unused = topology.nodes.flatMap((node) => leftOut(node, topology, skip));
  if (candidates.length > 0) return { candidates, unused };
  const first = all[0]?.node.id;
  return { candidates: all.slice(0, 1), unused: unused.filter(({ node, cpus }) => node !== first || cpus.length > 0) };
}

/** What a node has that cannot be used. */
function leftOut(node: TopologyNode, { allowedCpus }: Topology, skip: ReadonlySet<number>): UnusedCpus[] {
  const { id } = node;
  const outside = node.cpus.filter((cpu) => !allowedCpus.includes(cpu));
  const skipped = node.usableCpus.filter((cpu) => skip.has(cpu));
  const parts: UnusedCpus[] = [];
  if (outside.length > 0) {
    parts.push({
      node: id,
      cpus: outside,
      reason: 'the affinity mask or cpuset of this process does not contain them',
    });
  }
  if (skipped.length > 0) {
    const which = skipped.length === node.usableCpus.length ? 'all its CPUs are' : 'they are';
    parts.push({ node: id, cpus: skipped, reason: `${which} isolated (isolcpus): pass useIsolatedCpus to use them` });
  }
  if (parts.length > 0 || node.usableCpus.length > 0) return parts;
  return [{ node: id, cpus: [], reason: emptiness(node) }];
}

function emptiness(node: TopologyNode): string {
  if (node.cpus.length > 0) return 'its CPUs are those of another node as well, which has them';
  return node.memoryKiB === 0 ? 'it has neither CPUs nor memory' : 'it has memory only, no CPUs';
}

/** The nodes that were asked for. */
function chooseNodes(draft: Draft, topology: Topology, ids: readonly number[] | undefined): Draft {
  if (ids === undefined) return draft;
  if (ids.length === 0) {
    throw new NumaError(
      'ERR_INVALID_OPTION',
      'expected nodes to have ids of nodes, got an empty array: leave it out to use every usable node',
      { option: 'nodes' },
    );
  }
  for (const id of ids) {
    if (!draft.candidates.some(({ node }) => node.id === id)) throw unavailable(id, draft, topology);
  }
  return without(draft, ({ node }) => !ids.includes(node.id), 'nodes does not name it');
}

function unavailable(id: number, { candidates, unused }: Draft, topology: Topology): NumaError {
  const usable = candidates.map(({ node }) => node.id);
  const exists = topology.nodes.some((node) => node.id === id);
  const why = unused.find(({ node }) => node === id)?.reason ?? 'it has no usable CPUs';
  return new NumaError(
    'ERR_NODE_UNAVAILABLE',
    `expected nodes to be of ${formatCpuList(usable)}, the nodes this process can use, got ${String(id)}: ` +
      (exists ? why : 'there is no such node, `tallyio topology` shows what there is'),
    { node: id, usable: Object.freeze(usable) },
  );
}

/** Takes the first core of the node with most CPUs out. */
function reserveCore(
  draft: Draft,
  topology: Topology,
): { readonly draft: Draft; readonly hostCpus: readonly number[] } {
  const [largest] = bySize(draft.candidates);
  const first = largest?.cpus[0];
  const core = topology.coreCpus.find((cpus) => first !== undefined && cpus.includes(first)) ?? [first];
  const hostCpus = largest?.cpus.filter((cpu) => core.includes(cpu)) ?? [];
  const left = draft.candidates.map(({ node, cpus }) => ({
    node,
    cpus: cpus.filter((cpu) => !hostCpus.includes(cpu)),
  }));
  const candidates = left.filter(({ cpus }) => cpus.length > 0);
  if (largest === undefined || candidates.length === 0) {
    throw new NumaError(
      'ERR_INVALID_OPTION',
      `expected more than one core for reserveHostCore, got one, with CPU ${formatCpuList(hostCpus)}: leave the option out, or ` +
        'let this process use more CPUs',
      { option: 'reserveHostCore' },
    );
  }
  const reserved: UnusedCpus = {
    node: largest.node.id,
    cpus: hostCpus,
    reason: 'they are left to the host thread (reserveHostCore)',
  };
  return { draft: { candidates, unused: [...draft.unused, reserved] }, hostCpus };
}

/** One worker per CPU, within the quota. */
function defaultWorkers(candidates: readonly Candidate[], cpuQuota: number | null): number {
  const cpus = candidates.reduce((sum, candidate) => sum + candidate.cpus.length, 0);
  return Math.max(1, Math.min(cpus, Math.ceil(cpuQuota ?? Infinity)));
}

function workersReason(workers: number, options: PlanOptions, { cpuQuota }: Topology): string {
  const several = `${String(workers)} ${workers === 1 ? 'worker' : 'workers'}`;
  return options.workers === undefined
    ? `the CPU quota (${String(cpuQuota)} CPUs) grants ${several}, fewer than there are nodes`
    : `there are fewer workers (${String(workers)}) than nodes`;
}

/** With fewer workers than nodes, the largest nodes. */
function keepLargest(draft: Draft, workers: number, reason: string): Draft {
  const kept = new Set(bySize(draft.candidates).slice(0, workers));
  return without(draft, (candidate) => !kept.has(candidate), reason);
}

function without(draft: Draft, leaves: (candidate: Candidate) => boolean, reason: string): Draft {
  const gone = draft.candidates.filter(leaves);
  return {
    candidates: draft.candidates.filter((candidate) => !leaves(candidate)),
    unused: [...draft.unused, ...gone.map(({ node, cpus }) => ({ node: node.id, cpus, reason }))],
  };
}

/** Most CPUs first, ties by id. */
function bySize(candidates: readonly Candidate[]): Candidate[] {
  return candidates.toSorted((a, b) => b.cpus.length - a.cpus.length || a.node.id - b.node.id);
}

function plannedNode(
  { node, cpus }: Candidate,
  workers: number,
  topology: Topology,
  pin: PlanOptions['pin'],
): PlannedNode {
  return {
    id: node.id,
    cpus,
    workers,
    workerCpus: pin === 'off' ? undefined : placesOf(cpus, workers, pin, topology),
    memoryNode: pin !== 'off' && hasMemory(node, topology) ? node.id : null,
  };
}

/** Whether memory can be bound to a node. Where its size is not known, only to one that the kernel speaks of. */
function hasMemory({ id, memoryKiB }: TopologyNode, { allowedNodes, source }: Topology): boolean {
  return allowedNodes.includes(id) && (memoryKiB === null ? source === 'sysfs' : memoryKiB > 0);
}

function withoutWorker({ id, cpus, workerCpus }: PlannedNode): UnusedCpus[] {
  const taken = new Set(workerCpus?.flat() ?? cpus);
  const idle = cpus.filter((cpu) => !taken.has(cpu));
  const reason = 'no worker is pinned to them: there are fewer workers than hardware threads';
  return idle.length === 0 ? [] : [{ node: id, cpus: idle, reason }];
}

function sorted(unused: readonly UnusedCpus[]): UnusedCpus[] {
  return unused.toSorted((a, b) => a.node - b.node || (a.cpus[0] ?? 0) - (b.cpus[0] ?? 0));
}
