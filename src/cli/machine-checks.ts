import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';
import { onPath } from '../affinity/tools.ts';
import { type AvailableCpus, availableCpus } from '../topology/available.ts';
import { formatCpuList } from '../topology/cpulist.ts';
import { MemoryGroups } from '../topology/memory-groups.ts';
import { mayStartProcesses } from '../topology/platform-facts.ts';
import { type Check, fact, verdict } from './check.ts';
import { formatBytes } from './print.ts';

/** What the machine and the operating system offer to this process. */
export async function machineChecks(): Promise<Check[]> {
  const available = availableCpus();
  return [
    ...(await hardware()),
    fact('cpusAllowed', 'CPUs allowed', listOf(available), listOf(available) ?? 'unknown here'),
    fact(
      'cpuLimit',
      'CPU limit',
      available.quota,
      limitOf(available.quota, (quota) => `${String(quota)} CPUs (cgroup)`),
    ),
    memoryLimit(),
    fact(
      'workers',
      'Default workers',
      available.count,
      `${String(available.count)} (from ${REASON[available.source]})`,
    ),
    ...(await pinning(available)),
  ];
}

const REASON: Record<AvailableCpus['source'], string> = {
  affinity: 'the affinity mask',
  cpuset: 'the cpuset',
  online: 'the CPUs online',
  quota: 'the cgroup CPU limit',
  runtime: 'os.availableParallelism',
};

function listOf({ cpus }: AvailableCpus): string | null {
  return cpus === null ? null : formatCpuList(cpus);
}

function limitOf(limit: number | null, print: (limit: number) => string): string {
  return limit === null ? 'none' : print(limit);
}

function memoryLimit(): Check {
  const bytes = new MemoryGroups().limitBytes();
  return fact(
    'memoryLimit',
    'Memory limit',
    bytes,
    limitOf(bytes, (limit) => `${formatBytes(limit)} (cgroup)`),
  );
}

interface Hardware {
  readonly model: string;
  /** Physical ones; null when not known. */
  readonly cores: number | null;
  readonly threads: number;
  readonly memoryBytes: number;
}

async function hardware(): Promise<Check[]> {
  const { model, cores, threads, memoryBytes } = await detectHardware();
  const counted = `${String(threads)} hardware threads`;
  return [
    fact('cpuModel', 'CPU', model, model === '' ? 'unknown' : model),
    fact('cores', 'Cores', cores, cores === null ? counted : `${String(cores)}, ${counted}`),
    fact('memory', 'Memory', memoryBytes, formatBytes(memoryBytes)),
  ];
}

/** Asks `systeminformation`, which is imported here because loading it takes longer than most commands. */
async function detectHardware(): Promise<Hardware> {
  if (!mayStartProcesses()) return hardwareOfNode();
  try {
    const { default: systeminformation } = await import('systeminformation');
    const [cpu, memory] = await Promise.all([systeminformation.cpu(), systeminformation.mem()]);
    const model = `${cpu.manufacturer} ${cpu.brand}`.trim();
    return { model, cores: cpu.physicalCores, threads: cpu.cores, memoryBytes: memory.total };
  } catch {
    return hardwareOfNode();
  }
}

function hardwareOfNode(): Hardware {
  const all = os.cpus();
  return { model: all[0]?.model ?? '', cores: null, threads: all.length, memoryBytes: os.totalmem() };
}

async function pinning({ cpus }: AvailableCpus): Promise<Check[]> {
  const taskset = onPath('taskset') !== null;
  const numactl = onPath('numactl') !== null;
  const install = (tool: string, packageName: string): string =>
    process.platform === 'linux'
      ? `install ${packageName}: ${tool} pins workers and node processes`
      : 'pinning needs Linux; the engine runs unpinned';
  return [
    verdict('taskset', 'taskset', taskset, { status: 'warn', fix: install('taskset', 'util-linux') }),
    verdict('numactl', 'numactl', numactl, { status: 'warn', fix: install('numactl', 'numactl') }),
    verdict('affinity', 'May change affinity', taskset && cpus !== null && (await maySetAffinity(cpus)), {
      status: 'warn',
      fix: 'allow sched_setaffinity and child processes, or run unpinned',
    }),
  ];
}

/** Sets the mask this process has: changes nothing, and needs the same permission as changing it. */
async function maySetAffinity(cpus: readonly number[]): Promise<boolean> {
  try {
    await promisify(execFile)('taskset', ['-pc', formatCpuList(cpus), String(process.pid)]);
    return true;
  } catch {
    return false;
  }
}
