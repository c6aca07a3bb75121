import { formatCpuList, parseCpuList } from '../../../src/topology/cpulist.ts';
import type { NamedMachine } from '../machines.ts';

/** @throws TypeError when it is no list of the kernel */
export function cpusOf(list: string): number[] {
  const parsed = parseCpuList(list);
  if (!parsed.ok) throw new TypeError(parsed.reason);
  return parsed.cpus;
}

/** The first CPU of a list. */
export function firstOf(list: string): string {
  return formatCpuList(cpusOf(list).slice(0, 1));
}

/** Of a thread's mask what is online: CPUs that were there before stay in it. */
export function onlineOf(mask: string, { facts }: NamedMachine): string {
  const online = new Set(cpusOf(facts.onlineCpus));
  return formatCpuList(cpusOf(mask).filter((cpu) => online.has(cpu)));
}

/** A CPU that nobody may be pinned to: outside of the cpuset, else offline, else one that the machine does not have. */
export function forbiddenCpu({ machine, facts }: NamedMachine): number {
  const { nodes, cpusPerNode, cpuset, offlineCpus = [] } = machine;
  const allowed = cpusOf(facts.allowedCpus);
  const outside = cpuset === undefined ? undefined : cpusOf(facts.onlineCpus).find((cpu) => !allowed.includes(cpu));
  return outside ?? offlineCpus[0] ?? nodes * cpusPerNode;
}
