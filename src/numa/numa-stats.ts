/** A node process, as of the last reading. Plain frozen data. */
export interface NumaNodeStats {
  /** Id of the node. */
  readonly id: number;
  /** Of the process. */
  readonly pid: number;
  /** Worker threads. */
  readonly workers: number;
  /** CPUs it may run on, ascending. */
  readonly cpus: readonly number[];
  /** Whether the kernel keeps it on them. */
  readonly pinned: boolean;
  /** Bytes of its memory by the id of the node that they are on; null when the kernel does not tell. Program text does not count. */
  readonly residentBytesByNode: Readonly<Record<string, number>> | null;
}

/** Placement and what became of it. Plain frozen data; counts since the start; null = the kernel does not tell. docs/numa.md */
export interface NumaStats {
  /** Tasks, and threads of `assignCurrentThread`, that were given a node. */
  readonly totalAssignments: number;
  /** Of those, the ones that ran on the node they were assigned to. A task that waits is neither this nor the next. */
  readonly localAssignments: number;
  /** Of those, the ones that ran on another node, as they were moved. */
  readonly crossNumaAssignments: number;
  /** How often the kernel moved a thread of a node process to another CPU, since the process was first seen. */
  readonly threadMigrations: number | null;
  /** Pages that the kernel gave out on another node than was wanted: of the whole machine, since the start of this scheduler. */
  readonly numaMisses: number | null;
  /** Time to choose nodes, in ns: the mean of those that were timed, for all of them. */
  readonly totalAssignmentTimeNs: number;
  /** How often a degradation was raised. */
  readonly performanceDegradations: number;
  /** Mean time to choose a node, in ns; null when none was chosen. */
  readonly averageAssignmentNs: number | null;
  /** Share of the work that ran where it was assigned, weighed by distance, 0 … 1; null when none ran. */
  readonly efficiency: number | null;
  /** By ascending id; empty when there are no node processes. */
  readonly nodes: readonly NumaNodeStats[];
}
