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

export const MACHINES: readonly NamedMachine[] = [
  {
    name: '2x2',
    title: '2 nodes of 2 CPUs',
    machine: { nodes: 2, cpusPerNode: 2 },
    facts: {
      nodes: [
        { id: 0, cpus: '0-1', usableCpus: '0-1', hasMemory: true, distances: [10, 20] },
        { id: 1, cpus: '2-3', usableCpus: '2-3', hasMemory: true, distances: [20, 10] },
      ],
      onlineCpus: '0-3',
      allowedCpus: '0-3',
      allowedNodes: '0-1',
      isolatedCpus: '',
      packages: 2,
      cores: 4,
      smt: false,
    },
  },
  {
    name: '4x2',
    title: '4 nodes of 2 CPUs',
    machine: { nodes: 4, cpusPerNode: 2 },
    facts: {
      nodes: [
        { id: 0, cpus: '0-1', usableCpus: '0-1', hasMemory: true, distances: [10, 20, 20, 20] },
        { id: 1, cpus: '2-3', usableCpus: '2-3', hasMemory: true, distances: [20, 10, 20, 20] },
        { id: 2, cpus: '4-5', usableCpus: '4-5', hasMemory: true, distances: [20, 20, 10, 20] },
        { id: 3, cpus: '6-7', usableCpus: '6-7', hasMemory: true, distances: [20, 20, 20, 10] },
      ],
      onlineCpus: '0-7',
      allowedCpus: '0-7',
      allowedNodes: '0-3',
      isolatedCpus: '',
      packages: 4,
      cores: 8,
      smt: false,
    },
  },
  {
    name: 'memory-only',
    title: '2 nodes of 2 CPUs and one of memory alone',
    machine: { nodes: 2, cpusPerNode: 2, memoryOnlyNodes: 1 },
    facts: {
      nodes: [
        { id: 0, cpus: '0-1', usableCpus: '0-1', hasMemory: true, distances: [10, 20, 20] },
        { id: 1, cpus: '2-3', usableCpus: '2-3', hasMemory: true, distances: [20, 10, 20] },
        { id: 2, cpus: '', usableCpus: '', hasMemory: true, distances: [20, 20, 10] },
      ],
      onlineCpus: '0-3',
      allowedCpus: '0-3',
      allowedNodes: '0-2',
      isolatedCpus: '',
      packages: 2,
      cores: 4,
      smt: false,
    },
  },
  {
    name: 'memory-less',
    title: '3 nodes of 1 CPU, the second one without memory',
    machine: { nodes: 3, cpusPerNode: 1, withoutMemory: [1] },
    facts: {
      nodes: [
        { id: 0, cpus: '0', usableCpus: '0', hasMemory: true, distances: [10, 20, 20] },
        { id: 1, cpus: '1', usableCpus: '1', hasMemory: false, distances: [20, 10, 20] },
        { id: 2, cpus: '2', usableCpus: '2', hasMemory: true, distances: [20, 20, 10] },
      ],
      onlineCpus: '0-2',
      allowedCpus: '0-2',
      allowedNodes: '0,2',
      isolatedCpus: '',
      packages: 3,
      cores: 3,
      smt: false,
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
      nodes: [
        { id: 0, cpus: '0-1', usableCpus: '0-1', hasMemory: true, distances: [10, 15, 30] },
        { id: 1, cpus: '2-3', usableCpus: '2-3', hasMemory: true, distances: [12, 10, 25] },
        { id: 2, cpus: '4-5', usableCpus: '4-5', hasMemory: true, distances: [20, 22, 10] },
      ],
      onlineCpus: '0-5',
      allowedCpus: '0-5',
      allowedNodes: '0-2',
      isolatedCpus: '',
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
      nodes: [
        { id: 0, cpus: '0-1', usableCpus: '0-1', hasMemory: true, distances: [10, 20] },
        { id: 1, cpus: '3', usableCpus: '3', hasMemory: true, distances: [20, 10] },
      ],
      onlineCpus: '0-1,3',
      allowedCpus: '0-1,3',
      allowedNodes: '0-1',
      isolatedCpus: '',
      packages: 2,
      cores: 3,
      smt: false,
    },
  },
  {
    name: 'cpuset',
    title: '3 nodes of 2 CPUs in a cpuset: one CPU of the outer nodes, no memory of the last one',
    machine: { nodes: 3, cpusPerNode: 2, cpuset: { cpus: '1-4', mems: '0-1' } },
    facts: {
      nodes: [
        { id: 0, cpus: '0-1', usableCpus: '1', hasMemory: true, distances: [10, 20, 20] },
        { id: 1, cpus: '2-3', usableCpus: '2-3', hasMemory: true, distances: [20, 10, 20] },
        { id: 2, cpus: '4-5', usableCpus: '4', hasMemory: true, distances: [20, 20, 10] },
      ],
      onlineCpus: '0-5',
      allowedCpus: '1-4',
      allowedNodes: '0-1',
      isolatedCpus: '',
      packages: 3,
      cores: 6,
      smt: false,
    },
  },
  {
    name: 'isolcpus',
    title: '2 nodes of 2 CPUs, one of them isolated',
    machine: { nodes: 2, cpusPerNode: 2, kernelArguments: ['isolcpus=3'] },
    facts: {
      nodes: [
        { id: 0, cpus: '0-1', usableCpus: '0-1', hasMemory: true, distances: [10, 20] },
        { id: 1, cpus: '2-3', usableCpus: '2', hasMemory: true, distances: [20, 10] },
      ],
      onlineCpus: '0-3',
      allowedCpus: '0-2',
      allowedNodes: '0-1',
      isolatedCpus: '3',
      packages: 2,
      cores: 4,
      smt: false,
    },
  },
];
