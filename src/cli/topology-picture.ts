import type { Plan } from '../affinity/plan.ts';
import { formatCpuList } from '../topology/cpulist.ts';
import type { Topology } from '../topology/topology.ts';
import { CPU_STATES, type CpuState, type MappedNode, cpuMap } from './cpu-map.ts';
import { distanceLines, distanceMatrix } from './distance-lines.ts';
import { nodeLines } from './node-boxes.ts';
import { planLines } from './plan-lines.ts';
import { counted, labelled, oneLine, printable, wrap } from './print.ts';
import { adviceOn } from './warning-advice.ts';

/** Tables need as much. */
const NARROWEST = 60;

/** The machine and what an engine would use of it, for a terminal or a log of `width` columns. */
export function topologyPicture(topology: Topology, plan: Plan, width: number): string[] {
  const columns = Math.max(NARROWEST, width);
  const map = cpuMap(topology, plan);
  const matrix = distanceMatrix(topology.nodes);
  const sections = [
    labelled(machineFacts(topology), columns),
    [...nodeLines(map, columns), ...legend(map, columns)],
    matrix === null ? [] : ['Distances', ...distanceLines(matrix, columns)],
    planLines(topology, plan, columns),
    warningLines(topology, columns),
  ];
  return sections
    .filter(({ length }) => length > 0)
    .flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]))
    .map(printable);
}

/** What is known of the machine as a whole: a name and a text each. */
export function machineFacts(topology: Topology): [string, string][] {
  const { nodes, packages, cores, onlineCpus, allowedCpus, isolatedCpus, cpuKinds, source, reason } = topology;
  const origin = source === 'sysfs' ? 'as the kernel tells' : `made up: ${reason ?? 'no reason given'}`;
  const threads = topology.smt ? `up to ${String(mostThreads(topology))} threads each` : 'one thread each';
  const everything = allowedCpus.length === onlineCpus.length;
  return [
    ['NUMA nodes', `${String(nodes.length)}, ${origin}`],
    ['packages', String(packages)],
    ['cores', `${String(cores)}, ${threads}`],
    ['CPUs', `${String(onlineCpus.length)} online, ${everything ? 'all' : String(allowedCpus.length)} allowed`],
    ...list('allowed', everything ? [] : allowedCpus),
    ...list('isolated', isolatedCpus),
    ...cpuKinds.flatMap(({ kind, cpus }) => list(kind, cpus)),
    ...memoryFact(topology),
    ['CPU quota', topology.cpuQuota === null ? 'none' : `${counted(topology.cpuQuota, 'CPU')} (control groups)`],
  ];
}

function mostThreads({ coreCpus }: Topology): number {
  return Math.max(...coreCpus.map(({ length }) => length), 2);
}

function list(label: string, cpus: readonly number[]): [string, string][] {
  return cpus.length === 0 ? [] : [[label, formatCpuList(cpus)]];
}

/** Told only when memory of some node may not be used. */
function memoryFact({ nodes, allowedNodes }: Topology): [string, string][] {
  if (nodes.every(({ id, memoryKiB }) => memoryKiB === 0 || allowedNodes.includes(id))) return [];
  return [
    ['memory', allowedNodes.length === 0 ? 'of no node allowed' : `of nodes ${formatCpuList(allowedNodes)} allowed`],
  ];
}

/** The marks that occur. */
function legend(map: readonly MappedNode[], width: number): string[] {
  const seen = new Set<CpuState>(map.flatMap(({ cpus }) => cpus.map(({ state }) => state)));
  const marks = Object.entries(CPU_STATES).filter(([state]) => [...seen].some((one) => one === state));
  const siblings = map.some(({ caches }) => caches.some(({ cores }) => cores.some(({ length }) => length > 1)));
  const cached = map.some(({ caches }) => caches.some(({ cache }) => cache !== null));
  const words = [
    ...marks.map(([, { mark, words }]) => `${mark} ${words}`),
    ...(siblings ? ['## threads of one core'] : []),
    ...(cached ? ['[ ] one last-level cache'] : []),
  ];
  return words.length === 0 ? [] : wrap(words.join(', '), width);
}

function warningLines({ warnings }: Topology, width: number): string[] {
  if (warnings.length === 0) return [];
  const lines = warnings.flatMap(({ code, message }) => [
    code,
    ...wrap(oneLine(message), width - 2).map((line) => `  ${line}`),
    ...wrap(adviceOn(code), width - 2).map((line) => `  ${line}`),
  ]);
  return ['Warnings (docs/topology.md has more on each)', ...lines];
}
