/** Where a node process stands among the others. */
export interface NodePlace {
  /** Of its NUMA node. */
  readonly id: number;
  /** The index of its first worker. */
  readonly firstWorker: number;
  readonly workers: number;
}
