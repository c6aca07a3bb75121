/** Something odd about the machine, or a file that says nothing usable: detection goes on, and tells. */
export interface TopologyWarning {
  /** Stable; docs/topology.md explains each. */
  readonly code: TopologyWarningCode;
  /** What was expected, what came, and what is assumed instead. */
  readonly message: string;
}

/** Stable codes of warnings; docs/topology.md explains each. */
export type TopologyWarningCode = `WARN_${string}`;

/** A NUMA node as the kernel tells it. */
export interface TopologyNode {
  /** As the kernel numbers it: there may be gaps. */
  readonly id: number;
  /** Its own online CPUs, even where nodes overlap; empty for a node of memory only. */
  readonly cpus: readonly number[];
  /** Allowed and online, isolated ones included; each CPU belongs to exactly one node. */
  readonly usableCpus: readonly number[];
  /** null when the machine does not tell; 0 for a node without memory. */
  readonly memoryKiB: number | null;
  /** From this node to each entry of `nodes`, in their order; 10 is local. null when the machine does not tell. */
  readonly distances: readonly number[] | null;
}

/** CPUs that share a last-level cache. */
export interface CacheGroup {
  /** 1, 2, 3: the larger, the farther from the core. */
  readonly level: number;
  /** null when the machine does not tell. */
  readonly sizeKiB: number | null;
  /** Those that share it, ascending. */
  readonly cpus: readonly number[];
}

/** CPUs of one kind on a machine whose cores differ. */
export interface CpuKind {
  /** What they are made for. */
  readonly kind: 'performance' | 'efficiency';
  /** Those that are, ascending. */
  readonly cpus: readonly number[];
}

/** The machine as this process may use it: plain frozen data, every list ascending. */
export interface Topology {
  /** 'single': one node, made up; `reason` says why. */
  readonly source: 'sysfs' | 'single';
  /** Why there is one node only; undefined with source 'sysfs'. */
  readonly reason?: string | undefined;
  /** By ascending id. */
  readonly nodes: readonly TopologyNode[];
  /** Those that run, of the whole machine. */
  readonly onlineCpus: readonly number[];
  /** Affinity ∩ cpuset ∩ online. */
  readonly allowedCpus: readonly number[];
  /** Nodes whose memory this process may use. */
  readonly allowedNodes: readonly number[];
  /** CPUs that the kernel's scheduler leaves alone (`isolcpus`). */
  readonly isolatedCpus: readonly number[];
  /** Distinct sibling sets of online CPUs. */
  readonly packages: number;
  /** Physical cores among the online CPUs. */
  readonly cores: number;
  /** Some core has several hardware threads online. */
  readonly smt: boolean;
  /** CPU time that control groups grant, in CPUs: the least of all groups above; null = no limit. */
  readonly cpuQuota: number | null;
  /** Online CPUs of each core, by their first CPU; a CPU whose siblings are not known is alone. */
  readonly coreCpus: readonly (readonly number[])[];
  /** Last-level caches, by their first CPU; empty when the machine does not tell. */
  readonly caches: readonly CacheGroup[];
  /** Empty when all cores are alike, or the machine does not tell. */
  readonly cpuKinds: readonly CpuKind[];
  /** What is odd about it, and what is assumed instead. */
  readonly warnings: readonly TopologyWarning[];
}
