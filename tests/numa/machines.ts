import type { Machine } from './rig/machine.ts';

/** A node as the kernel must tell it; CPUs are lists of the kernel. */
interface NodeFacts {
  readonly id: number;
  /** Online ones. */
  readonly cpus: string;
  /** Those that a process may use that asks for nothing. */
  readonly usableCpus: string;
  readonly hasMemory: boolean;
  /** To each node of the machine, by ascending id. */
  readonly distances: readonly number[];
}

/** What the kernel of a machine must tell, and the product with it. */
interface MachineFacts {
  readonly nodes: readonly NodeFacts[];
  readonly onlineCpus: string;
  readonly allowedCpus: string;
  /** Nodes whose memory may be used. */
  readonly allowedNodes: string;
  readonly isolatedCpus: string;
  readonly packages: number;
  readonly cores: number;
  readonly smt: boolean;
}

/** A machine that the checks run on. */
export interface NamedMachine {
  readonly name: string;
  /** What it is like, for people. */
  readonly title: string;
  readonly machine: Machine;
  readonly facts: MachineFacts;
}

/** What most machines are not. */
const PLAIN = { isolatedCpus: '', smt: false } as const;

/** With memory, and all its CPUs usable, unless it differs. */
function node(id: number, cpus: string, distances: readonly number[], differs: Partial<NodeFacts> = {}): NodeFacts {
  return { id, cpus, usableCpus: cpus, hasMemory: true, distances, ...differs };
}

export const MACHINES: readonly NamedMachine[] = [
  {
    name: '2x2',
    title: '2 nodes of 2 CPUs',
    machine: { nodes: 2, cpusPerNode: 2 },
    facts: {
      ...PLAIN,
      nodes: [node(0, '0-1', [10, 20]), node(1, '2-3', [20, 10])],
      onlineCpus: '0-3',
      allowedCpus: '0-3',
      allowedNodes: '0-1',
      packages: 2,
      cores: 4,
    },
  },
  {
    name: '4x2',
    title: '4 nodes of 2 CPUs',
    machine: { nodes: 4, cpusPerNode: 2 },
    facts: {
      ...PLAIN,
      nodes: [
        node(0, '0-1', [10, 20, 20, 20]),
        node(1, '2-3', [20, 10, 20, 20]),
        node(2, '4-5', [20, 20, 10, 20]),
        node(3, '6-7', [20, 20, 20, 10]),
      ],
      onlineCpus: '0-7',
      allowedCpus: '0-7',
      allowedNodes: '0-3',
      packages: 4,
      cores: 8,
    },
  },
  {
    name: 'memory-only',
    title: '2 nodes of 2 CPUs and one of memory alone',
    machine: { nodes: 2, cpusPerNode: 2, memoryOnlyNodes: 1 },
    facts: {
      ...PLAIN,
      nodes: [node(0, '0-1', [10, 20, 20]), node(1, '2-3', [20, 10, 20]), node(2, '', [20, 20, 10])],
      onlineCpus: '0-3',
      allowedCpus: '0-3',
      allowedNodes: '0-2',
      packages: 2,
      cores: 4,
    },
  },
  {
    name: 'memory-less',
    title: '3 nodes of 1 CPU, the second one without memory',
    machine: { nodes: 3, cpusPerNode: 1, withoutMemory: [1] },
    facts: {
      ...PLAIN,
      nodes: [node(0, '0', [10, 20, 20]), node(1, '1', [20, 10, 20], { hasMemory: false }), node(2, '2', [20, 20, 10])],
      onlineCpus: '0-2',
      allowedCpus: '0-2',
      allowedNodes: '0,2',
      packages: 3,
      cores: 3,
    },
  },
  {
    name: 'asymmetric',
    title: '3 nodes of 1 core with 2 threads, distances that depend on the direction',
    machine: {
      nodes: 3,
      cpusPerNode: 2,
      threadsPerCore: 2,
      distances: [
        [10, 15, 30],
        [12, 10, 25],
        [20, 22, 10],
      ],
    },
    facts: {
      ...PLAIN,
      nodes: [node(0, '0-1', [10, 15, 30]), node(1, '2-3', [12, 10, 25]), node(2, '4-5', [20, 22, 10])],
      onlineCpus: '0-5',
      allowedCpus: '0-5',
      allowedNodes: '0-2',
      packages: 3,
      cores: 3,
      smt: true,
    },
  },
  {
    name: 'offline',
    title: '2 nodes of 2 CPUs, one of them offline',
    machine: { nodes: 2, cpusPerNode: 2, offlineCpus: [2] },
    facts: {
      ...PLAIN,
      nodes: [node(0, '0-1', [10, 20]), node(1, '3', [20, 10])],
      onlineCpus: '0-1,3',
      allowedCpus: '0-1,3',
      allowedNodes: '0-1',
      packages: 2,
      cores: 3,
    },
  },
  {
    name: 'cpuset',
    title: '3 nodes of 2 CPUs in a cpuset: one CPU of the outer nodes, no memory of the last one',
    machine: { nodes: 3, cpusPerNode: 2, cpuset: { cpus: '1-4', mems: '0-1' } },
    facts: {
      ...PLAIN,
      nodes: [
        node(0, '0-1', [10, 20, 20], { usableCpus: '1' }),
        node(1, '2-3', [20, 10, 20]),
        node(2, '4-5', [20, 20, 10], { usableCpus: '4' }),
      ],
      onlineCpus: '0-5',
      allowedCpus: '1-4',
      allowedNodes: '0-1',
      packages: 3,
      cores: 6,
    },
  },
  {
    name: 'isolcpus',
    title: '2 nodes of 2 CPUs, one of them isolated',
    machine: { nodes: 2, cpusPerNode: 2, kernelArguments: ['isolcpus=3'] },
    facts: {
      ...PLAIN,
      nodes: [node(0, '0-1', [10, 20]), node(1, '2-3', [20, 10], { usableCpus: '2' })],
      onlineCpus: '0-3',
      allowedCpus: '0-2',
      allowedNodes: '0-1',
      isolatedCpus: '3',
      packages: 2,
      cores: 4,
    },
  },
];
