import type { Plan, PlannedNode } from '../affinity/plan.ts';
import { formatCpuList } from '../topology/cpulist.ts';
import type { Topology } from '../topology/topology.ts';
import { counted, labelled, table, wrap } from './print.ts';

/** Beyond so many nodes those that differ in nothing else share a line. */
const MOST_ROWS = 8;

/** What an engine uses by default, and what it leaves and why. */
export function planLines(topology: Topology, plan: Plan, width: number): string[] {
  return [
    "What an engine uses (numa: 'auto')",
    ...wrap(planSummary(plan), width),
    ...placeLines(topology, plan, width),
    ...(plan.hostCpus === null ? [] : [`CPUs left to the thread that submits: ${formatCpuList(plan.hostCpus)}`]),
    ...unusedLines(plan, width),
  ];
}

/** How many workers there are, and where. */
export function planSummary({ nodes }: Plan): string {
  const workers = counted(
    nodes.reduce((sum, node) => sum + node.workers, 0),
    'worker',
  );
  return nodes.length === 1
    ? `${workers} in the process of the engine, as one node is usable: nothing is pinned or bound`
    : `${workers} in ${String(nodes.length)} node processes, each pinned to the CPUs of its node`;
}

/** Where the memory of a node process is, or why it may be anywhere. */
export function memoryBinding({ id, memoryNode }: PlannedNode, { nodes, allowedNodes }: Topology): string {
  if (memoryNode !== null) return `bound to node ${String(memoryNode)}`;
  if (nodes.find((node) => node.id === id)?.memoryKiB === 0) return 'not bound: it has none';
  return allowedNodes.includes(id) ? 'not bound' : 'not bound: not allowed';
}

function placeLines(topology: Topology, plan: Plan, width: number): string[] {
  const several = plan.nodes.length > 1;
  const rows =
    plan.nodes.length > MOST_ROWS ? sharedRows(topology, plan) : plan.nodes.map((node) => row(node, topology));
  const columns = [['node', 'workers', 'memory', ''], ...rows.map(({ start }) => [...start, ''])];
  const labels = table(columns.map((cells) => (several ? cells : cells.filter((_, i) => i !== 2)))).split('\n');
  const lists = ['CPUs', ...rows.map(({ cpus }) => cpus)];
  return labelled(
    labels.map((label, i) => [label.trimEnd(), lists[i] ?? '']),
    width,
  );
}

interface Row {
  readonly start: readonly string[];
  readonly cpus: string;
}

function row(node: PlannedNode, topology: Topology): Row {
  const start = [String(node.id), String(node.workers), memoryBinding(node, topology)];
  return { start, cpus: formatCpuList(node.cpus) };
}

/** Nodes that use all their CPUs and their own memory, by the number of their workers; each other node for itself. */
function sharedRows(topology: Topology, plan: Plan): Row[] {
  const whole = new Map<number, number[]>();
  const rows: Row[] = [];
  for (const node of plan.nodes) {
    const own = topology.nodes.find(({ id }) => id === node.id)?.cpus ?? [];
    if (node.memoryNode !== node.id || formatCpuList(own) !== formatCpuList(node.cpus)) rows.push(row(node, topology));
    else whole.set(node.workers, [...(whole.get(node.workers) ?? []), node.id]);
  }
  const shared = [...whole].map(([workers, ids]): Row => {
    return { start: [formatCpuList(ids), `${String(workers)} each`, 'bound to the node'], cpus: 'all of the node' };
  });
  return [...shared, ...rows];
}

/** What is not used, by the reason. */
function unusedLines({ unused }: Plan, width: number): string[] {
  const reasons = new Map<string, { nodes: number[]; cpus: number[] }>();
  for (const { node, cpus, reason } of unused) {
    const sum = reasons.get(reason) ?? { nodes: [], cpus: [] };
    sum.nodes.push(node);
    sum.cpus.push(...cpus);
    reasons.set(reason, sum);
  }
  const lines = [...reasons].map(([reason, { nodes, cpus }]): [string, string] => {
    const what = cpus.length === 0 ? (nodes.length === 1 ? '' : 'each: ') : `${cpus.length === 1 ? 'CPU' : 'CPUs'} ${formatCpuList(cpus)}: `;
    return [`${nodes.length === 1 ? 'node' : 'nodes'} ${formatCpuList(nodes)}`, `${what}${reason}`];
  });
  return lines.length === 0 ? [] : ['', 'Not used', ...labelled(lines, width)];
}
