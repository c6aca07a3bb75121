/** Where a scheduler runs: what it is told by whoever starts it, beside its options. */
export interface Machine {
  /** Directory that holds `proc/` and `sys/`. @default '/' */
  readonly root?: string | undefined;
  /** How often the files about memory are read, in ms. */
  readonly lookEveryMs?: number | undefined;
  /** Of the windows in which objectives are judged. */
  readonly windowMs?: number | undefined;
  /** The NUMA node of its workers. @default 0 */
  readonly node?: number | undefined;
  /** The index of its first worker among those of all node processes. @default 0 */
  readonly firstWorker?: number | undefined;
  /** CPUs that each worker is pinned to, by its index; undefined: those of the process. */
  readonly workerCpus?: readonly (readonly number[])[] | undefined;
}
