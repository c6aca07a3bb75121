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
  if (plan.nodes.length <= MOST_ROWS) return placeTable(plan, topology, width, plan.nodes.length > 1);
  const plain = plan.nodes.filter((node) => isPlain(node, topology));
  const others = plan.nodes.filter((node) => !plain.includes(node));
  const counts = [...new Set(plain.map(({ workers }) => workers))];
  const shared = counts.map((workers) => {
    const ids = plain.filter((node) => node.workers === workers).map(({ id }) => id);
    return `${counted(workers, 'worker')} and memory on each of nodes ${formatCpuList(ids)}, with all its CPUs`;
  });
  return [
    ...shared.flatMap((text) => hanging(text, width)),
    ...(others.length === 0 ? [] : placeTable({ ...plan, nodes: others }, topology, width)),
  ];
}

/** Whether a node process has all CPUs of its node, and its memory there. */
function isPlain({ id, cpus, memoryNode }: PlannedNode, { nodes }: Topology): boolean {
  const own = nodes.find((node) => node.id === id)?.cpus ?? [];
  return memoryNode === id && formatCpuList(own) === formatCpuList(cpus);
}

function placeTable({ nodes }: Plan, topology: Topology, width: number, bound = true): string[] {
  const rows = nodes.map((node) => [
    String(node.id),
    String(node.workers),
    ...(bound ? [memoryBinding(node, topology)] : []),
    '',
  ]);
  const labels = table([['node', 'workers', ...(bound ? ['memory'] : []), ''], ...rows]).split('\n');
  const lists = ['CPUs', ...nodes.map(({ cpus }) => formatCpuList(cpus))];
  return labelled(
    labels.map((label, i) => [label.trimEnd(), lists[i] ?? '']),
    width,
  );
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
  const lines = [...reasons].flatMap(([reason, { nodes, cpus }]) => {
    const what = cpus.length === 0 ? '' : `${cpus.length === 1 ? 'CPU' : 'CPUs'} ${formatCpuList(cpus)} of `;
    const where = `${nodes.length === 1 ? 'node' : 'nodes'} ${formatCpuList(nodes)}`;
    return hanging(`${what}${where}: ${reason}`, width);
  });
  return lines.length === 0 ? [] : ['', 'Not used', ...lines];
}

/** A text whose lines but the first are indented. */
function hanging(text: string, width: number): string[] {
  return wrap(text, width - 2).map((line, i) => (i === 0 ? line : `  ${line}`));
}
