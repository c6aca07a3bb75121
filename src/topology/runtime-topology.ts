import os from 'node:os';
import type { Topology } from './topology.ts';

/** Numbers 0 … n − 1. */
export function firstNumbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/**
 * What Node knows of a machine without Linux's files: its hardware threads, how many of them may be used, and its memory. Which
 * CPU is which is made up: numbered from 0, each a core of its own, one package.
 */
export function runtimeTopology(reason: string): Topology {
  const count = os.availableParallelism();
  const online = firstNumbers(Math.max(os.cpus().length, count));
  const allowed = firstNumbers(count);
  const memoryKiB = Math.round(os.totalmem() / 1024);
  return {
    source: 'single',
    reason,
    nodes: [{ id: 0, cpus: online, usableCpus: allowed, memoryKiB, distances: null }],
    onlineCpus: online,
    allowedCpus: allowed,
    allowedNodes: [0],
    isolatedCpus: [],
    packages: 1,
    cores: online.length,
    smt: false,
    cpuQuota: null,
    coreCpus: online.map((cpu) => [cpu]),
    caches: [],
    cpuKinds: [],
    warnings: [],
  };
}
