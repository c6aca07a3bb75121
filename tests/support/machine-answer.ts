import type { CacheGroup, CpuKind, Topology, TopologyNode } from '../../src/topology/topology.ts';
import type { KernelStyle, Machine, MachineCpu } from './machine-tree.ts';

/** A topology as far as a machine decides it: codes of warnings, no words. */
export type Answer = Omit<Topology, 'reason' | 'warnings'> & { readonly codes: readonly string[] };

/** What a topology says, to compare with `answerOf`. */
export function answered(topology: Topology): Answer {
  const answer: Record<string, unknown> = { ...topology, codes: topology.warnings.map(({ code }) => code).sort() };
  delete answer['warnings'];
  delete answer['reason'];
  return answer as unknown as Answer;
}

/** What detection must say about a machine: from the machine, not from its files. */
export function answerOf(machine: Machine, style: KernelStyle): Answer {
  const online = machine.cpus.filter((cpu) => cpu.online);
  const onlineCpus = numbersOf(online);
  const isAllowed = (number: number): boolean => machine.allowedCpus?.includes(number) ?? true;
  const allowedCpus = onlineCpus.filter(isAllowed);
  const coreCpus = groupsBy(online, ({ core }) => core);
  const single = machine.nodes.length === 0;
  return {
    source: single ? 'single' : 'sysfs',
    nodes: single
      ? [{ id: 0, cpus: onlineCpus, usableCpus: allowedCpus, memoryKiB: null, distances: null }]
      : nodesOf(machine, online, isAllowed),
    onlineCpus,
    allowedCpus,
    allowedNodes: single ? [0] : (machine.allowedNodes ?? machine.nodes.map(({ id }) => id)),
    isolatedCpus: machine.isolated,
    packages: groupsBy(online, (cpu) => cpu.package).length,
    cores: coreCpus.length,
    smt: coreCpus.some(({ length }) => length > 1),
    cpuQuota: style.limits === 'status' || style.limits === 'cgroup2' ? machine.quota : null,
    coreCpus,
    caches: cachesOf(online),
    cpuKinds: kindsOf(online, style),
    codes: codesOf(machine, online),
  };
}

function nodesOf(machine: Machine, online: readonly MachineCpu[], isAllowed: (cpu: number) => boolean): TopologyNode[] {
  return machine.nodes.map(({ id, memoryKiB }, i) => ({
    id,
    cpus: numbersOf(online.filter(({ nodes }) => nodes.includes(id))),
    usableCpus: numbersOf(online.filter((cpu) => isAllowed(cpu.number) && homeOf(cpu, online, machine) === id)),
    memoryKiB,
    distances: machine.distances?.[i] ?? null,
  }));
}

function homeOf(
  { nodes, package: own }: MachineCpu,
  online: readonly MachineCpu[],
  machine: Machine,
): number | undefined {
  if (nodes.length > 0) return Math.min(...nodes);
  const ids = machine.nodes.map(({ id }) => id);
  const mates = online
    .filter((cpu) => cpu.package === own && cpu.nodes.length > 0)
    .map((cpu) => Math.min(...cpu.nodes));
  const count = (id: number): number => mates.filter((mate) => mate === id).length;
  const most = Math.max(...ids.map(count));
  if (most > 0) return ids.find((id) => count(id) === most);
  return ids.find((id) => online.some((cpu) => cpu.nodes.includes(id))) ?? ids[0];
}

function cachesOf(online: readonly MachineCpu[]): CacheGroup[] {
  const told = online.filter(({ cache }) => cache !== null);
  return groupsBy(told, ({ cache }) => cache ?? -1).map((cpus) => ({ level: 2, sizeKiB: 1024, cpus }));
}

function kindsOf(online: readonly MachineCpu[], style: KernelStyle): CpuKind[] {
  const of = (kind: CpuKind['kind']): CpuKind => ({ kind, cpus: numbersOf(online.filter((cpu) => cpu.kind === kind)) });
  const kinds = [of('performance'), of('efficiency')];
  return style.kinds === 'none' || kinds.some(({ cpus }) => cpus.length === 0) ? [] : kinds;
}

function codesOf({ nodes, distances, allowedCpus }: Machine, online: readonly MachineCpu[]): string[] {
  const when = (odd: boolean, code: string): string[] => (odd ? [code] : []);
  return [
    ...when(allowedCpus === null, 'WARN_NO_AFFINITY'),
    ...when(distances === null && nodes.length > 1, 'WARN_NO_DISTANCES'),
    ...when(nodes.length > 0 && online.some((cpu) => cpu.nodes.length === 0), 'WARN_ORPHAN_CPUS'),
    ...when(
      online.some((cpu) => cpu.nodes.length > 1),
      'WARN_OVERLAPPING_NODES',
    ),
  ];
}

function numbersOf(cpus: readonly MachineCpu[]): number[] {
  return cpus.map(({ number }) => number).sort((a, b) => a - b);
}

function groupsBy(cpus: readonly MachineCpu[], keyOf: (cpu: MachineCpu) => number): number[][] {
  const keys = [...new Set(cpus.map(keyOf))];
  const groups = keys.map((key) => numbersOf(cpus.filter((cpu) => keyOf(cpu) === key)));
  return groups.sort(([a = 0], [b = 0]) => a - b);
}
