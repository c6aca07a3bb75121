import { statSync } from 'node:fs';
import os from 'node:os';
import { join, resolve } from 'node:path';
import { deepFreeze } from '../base/deep-freeze.ts';
import { NumaError } from '../base/errors.ts';
import { givenOf } from '../base/given.ts';
import { allowedCpus, allowedMemory } from './allowed.ts';
import { readCaches } from './caches.ts';
import { cpuQuota } from './cgroup.ts';
import { readCores } from './cores.ts';
import { readCpuKinds } from './cpu-kinds.ts';
import { readDistances } from './distances.ts';
import { MachineFiles } from './machine-files.ts';
import { NODE_FOLDER, type NodeList, readNodes, totalMemoryKiB } from './nodes.ts';
import { CPU_FOLDER, onlineCpus } from './online.ts';
import { ownersOf } from './owners.ts';
import { firstNumbers, runtimeTopology } from './runtime-topology.ts';
import type { Topology, TopologyNode } from './topology.ts';
import { listed } from './warnings.ts';

/** Where to look. */
export interface DetectOptions {
  /** Directory that holds `sys/` and `proc/`. @default '/' */
  readonly root?: string | undefined;
}

/**
 * Reads what the machine looks like and how much of it this process may use: docs/topology.md has the files. Whatever is odd or
 * missing becomes a warning. Starts no process; nothing of this machine is in the answer about another root.
 *
 * @throws NumaError `ERR_TOPOLOGY` when a root other than `/` is no directory or holds neither `sys` nor `proc`;
 *   `ERR_INVALID_OPTION` when it is no string
 */
export function detectTopology(options: DetectOptions = {}): Topology {
  const root = rootOf(options);
  const live = isLive(root);
  if (live && !hasLinuxFiles()) return deepFreeze(runtimeTopology(`${process.platform} tells no NUMA nodes`));
  if (!live) expectTree(root);
  return deepFreeze(readTopology(new MachineFiles(root), live));
}

/** Whether a root is this machine. */
export function isLive(root: string): boolean {
  return resolve(root) === resolve('/');
}

/** Whether this system has the files that Linux has. */
export function hasLinuxFiles(): boolean {
  return process.platform === 'linux' || process.platform === 'android';
}

/** The root among options as somebody gave them. @throws NumaError `ERR_INVALID_OPTION` */
export function rootOf(options: DetectOptions): string {
  const { root = '/' } = givenOf(options, ['root']);
  if (typeof root === 'string') return root;
  throw new NumaError(
    'ERR_INVALID_OPTION',
    `expected root as the path of a directory that holds sys and proc, got ${typeof root}: leave it out for this machine`,
  );
}

function expectTree(root: string): void {
  if (['sys', 'proc'].some((name) => isDirectory(join(root, name)))) return;
  const got = isDirectory(root) ? 'one that holds neither' : 'no directory';
  throw new NumaError(
    'ERR_TOPOLOGY',
    `expected root as a directory that holds sys or proc, got ${got}, ${JSON.stringify(root)}: give the directory above sys, or leave it out for this machine`,
  );
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** CPUs, as sets and with what was assumed. */
interface Cpus {
  readonly online: readonly number[];
  readonly allowed: readonly number[];
}

function readTopology(files: MachineFiles, live: boolean): Topology {
  const list = readNodes(files);
  const { online, allowed } = readCpus(files, list, live);
  const known = new Set(online);
  const { cores, packages } = readCores(files, online);
  const nodes =
    list === null ? [madeUpNode(files, online, allowed)] : readNodesWithin(files, list, { online, allowed }, packages);
  return {
    source: list === null ? 'single' : 'sysfs',
    ...(list === null ? { reason: NO_NODES } : {}),
    nodes,
    onlineCpus: online,
    allowedCpus: allowed,
    allowedNodes: readAllowedNodes(files, list),
    isolatedCpus: (files.list(`${CPU_FOLDER}/isolated`) ?? []).filter((cpu) => known.has(cpu)),
    packages: Math.max(1, packages.length),
    cores: cores.length,
    smt: cores.some((cpus) => cpus.length > 1),
    cpuQuota: cpuQuota(files.root),
    coreCpus: cores,
    caches: readCaches(files, online),
    cpuKinds: readCpuKinds(files, online),
    warnings: files.warnings.list(),
  };
}

const NO_NODES = `no folder of a node in ${NODE_FOLDER}: a kernel without NUMA, or a container that hides it`;

/** What is online must contain what is allowed: of two lists without a common CPU, the kernel's word on this process counts. */
function readCpus(files: MachineFiles, list: NodeList | null, live: boolean): Cpus {
  const told = onlineCpus(files);
  const { cpus, source } = allowedCpus(files, told);
  if (source === 'online' || source === 'runtime') {
    files.warnings.add(
      'WARN_NO_AFFINITY',
      'expected Cpus_allowed_list in proc/self/status, or a cpuset, got neither: all CPUs online are assumed to be allowed',
    );
  }
  if (told === null) {
    const online = cpus ?? guessOnline(list, live);
    files.warnings.add(
      'WARN_NO_CPU_LIST',
      `expected CPUs in ${CPU_FOLDER} or proc/cpuinfo, got none: CPU ${listed(online)} assumed to be online`,
    );
    return { online, allowed: cpus ?? online };
  }
  const allowed = cpus ?? told;
  const known = new Set(told);
  if (allowed.every((cpu) => known.has(cpu))) return { online: told, allowed };
  files.warnings.add(
    'WARN_CONTRADICTION',
    `expected some allowed CPU among those online, ${listed(told)}, got ${listed(allowed)}: these are assumed to be online, and no other`,
  );
  return { online: allowed, allowed };
}

/** CPUs that nodes claim; else as many as Node counts here, and one elsewhere. */
function guessOnline(list: NodeList | null, live: boolean): number[] {
  const claimed = new Set(list?.nodes.flatMap(({ cpus }) => cpus));
  if (claimed.size > 0) return [...claimed].sort((a, b) => a - b);
  return firstNumbers(live ? os.availableParallelism() : 1);
}

function madeUpNode(files: MachineFiles, cpus: readonly number[], usableCpus: readonly number[]): TopologyNode {
  return { id: 0, cpus, usableCpus, memoryKiB: totalMemoryKiB(files, 'proc/meminfo'), distances: null };
}

function readNodesWithin(
  files: MachineFiles,
  list: NodeList,
  { online, allowed }: Cpus,
  packages: readonly (readonly number[])[],
): TopologyNode[] {
  const known = new Set(online);
  const claims = list.nodes.map((node) => ({ ...node, cpus: node.cpus.filter((cpu) => known.has(cpu)) }));
  const owners = ownersOf(claims, online, packages, files.warnings);
  const distances = readDistances(files, list);
  return claims.map(({ id, cpus, memoryKiB }, i) => ({
    id,
    cpus,
    usableCpus: allowed.filter((cpu) => owners.get(cpu) === id),
    memoryKiB,
    distances: distances[i] ?? null,
  }));
}

function readAllowedNodes(files: MachineFiles, list: NodeList | null): number[] {
  if (list === null) return [0];
  const ids = list.nodes.map(({ id }) => id);
  const told = allowedMemory(files);
  if (told === null) return ids;
  const allowed = ids.filter((id) => told.includes(id));
  if (allowed.length > 0) return allowed;
  files.warnings.add(
    'WARN_CONTRADICTION',
    `expected some allowed node among those online, ${listed(ids)}, got ${listed(told)}: all are assumed to be allowed`,
  );
  return ids;
}
