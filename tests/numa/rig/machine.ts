/** A machine for QEMU to play: what it is made of. What a kernel tells of it stands in machines.ts. */
export interface Machine {
  /** Nodes with CPUs; they have the first ids. */
  readonly nodes: number;
  readonly cpusPerNode: number;
  /** @default 1 */
  readonly threadsPerCore?: number;
  /** Further nodes with memory and no CPUs. @default 0 */
  readonly memoryOnlyNodes?: number;
  /** Ids of nodes without memory. @default none */
  readonly withoutMemory?: readonly number[];
  /** From each node to each node, memory-only ones included. @default 10 to itself, 20 to others */
  readonly distances?: readonly (readonly number[])[];
  /** Taken offline before anything runs. @default none */
  readonly offlineCpus?: readonly number[];
  /** Everything runs in a control group with these CPUs and memory nodes, as lists of the kernel. @default in the root group */
  readonly cpuset?: { readonly cpus: string; readonly mems: string };
  /** For example `isolcpus=3`. @default none */
  readonly kernelArguments?: readonly string[];
}

/** Memory of the nodes with CPUs together. */
const SHARED_MIB = 3_072;
const MEMORY_ONLY_MIB = 512;

/** A node as QEMU is told of it. */
export interface MachineNode {
  readonly id: number;
  readonly cpus: readonly number[];
  /** 0 for a node without memory. */
  readonly memoryMiB: number;
}

/** By ascending id. */
export function machineNodes(machine: Machine): MachineNode[] {
  const { nodes, cpusPerNode, memoryOnlyNodes = 0, withoutMemory = [] } = machine;
  const sharers = nodes - withoutMemory.filter((id) => id < nodes).length;
  return Array.from({ length: nodes + memoryOnlyNodes }, (_, id) => {
    const cpus = id < nodes ? Array.from({ length: cpusPerNode }, (_, n) => id * cpusPerNode + n) : [];
    const memoryMiB = id < nodes ? Math.floor(SHARED_MIB / sharers) : MEMORY_ONLY_MIB;
    return { id, cpus, memoryMiB: withoutMemory.includes(id) ? 0 : memoryMiB };
  });
}
