import { deepFreeze } from '../base/deep-freeze.ts';
import { permissionModelIsOn } from '../base/permission-model.ts';
import { type DetectOptions, detectTopology, hasLinuxFiles, isLive, rootOf } from './detect.ts';
import type { Topology } from './topology.ts';

/** What an operating system without Linux's files tells about its hardware. */
export interface PlatformFacts {
  /** Physical cores of all packages. */
  readonly cores: number;
  readonly packages: number;
  readonly memoryBytes: number;
}

/**
 * `detectTopology`, and where Linux's files are missing (macOS, Windows) the operating system is asked for cores, packages and
 * memory, for which `systeminformation` starts processes. Where it cannot be asked the answer is that of `detectTopology`.
 *
 * @throws NumaError as `detectTopology`
 */
export async function detectTopologyWithFacts(options: DetectOptions = {}): Promise<Topology> {
  const root = rootOf(options);
  const topology = detectTopology({ root });
  if (!isLive(root) || hasLinuxFiles()) return topology;
  const facts = await platformFacts();
  return facts === null ? topology : withFacts(topology, facts);
}

/** Asks `systeminformation`, which is imported here because loading it takes longer than everything else; null: it cannot be asked. */
export async function platformFacts(): Promise<PlatformFacts | null> {
  if (!mayStartProcesses()) return null;
  try {
    const { default: systeminformation } = await import('systeminformation');
    const [cpu, memory] = await Promise.all([systeminformation.cpu(), systeminformation.mem()]);
    return { cores: cpu.physicalCores, packages: cpu.processors, memoryBytes: memory.total };
  } catch {
    return null;
  }
}

/** `systeminformation` starts processes, and where that is forbidden it ends this one with an uncaught exception. */
export function mayStartProcesses(): boolean {
  return !permissionModelIsOn() || process.permission.has('child');
}

/**
 * A topology of one made-up node, with the numbers of the operating system where they make sense. Which CPUs share a core is
 * still not known, so that `coreCpus` stays as it was.
 */
export function withFacts(topology: Topology, facts: PlatformFacts): Topology {
  const cpus = topology.onlineCpus.length;
  const cores = isCount(facts.cores, cpus) ? facts.cores : topology.cores;
  const packages = isCount(facts.packages, cores) ? facts.packages : topology.packages;
  const memoryKiB = facts.memoryBytes >= 1024 ? Math.round(facts.memoryBytes / 1024) : null;
  return deepFreeze({
    ...topology,
    nodes: topology.nodes.map((node) => ({ ...node, memoryKiB: memoryKiB ?? node.memoryKiB })),
    cores,
    packages,
    smt: cores < cpus,
  });
}

function isCount(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most;
}
