import type { Topology } from '../topology/topology.ts';

/** What the placement of node processes depends on, beside the machine. */
export interface PlanOptions {
  /** Ids of the nodes to use. @default all usable ones */
  readonly nodes?: readonly number[] | undefined;
  /** 'node': a process may use all CPUs of its node; 'core': each worker has a core; 'off': nothing is pinned. */
  readonly pin: 'node' | 'core' | 'off';
  readonly useIsolatedCpus: boolean;
  /** Leaves a core out of the plan, for the thread that submits. */
  readonly reserveHostCore: boolean;
  /** Workers in all. @default one per CPU of the plan, within the CPU quota */
  readonly workers?: number | undefined;
}

/** One node process. */
export interface PlannedNode {
  readonly id: number;
  /** The mask of the process, ascending. */
  readonly cpus: readonly number[];
  readonly workers: number;
  /** CPUs of each worker, by its index; undefined: those of the process. */
  readonly workerCpus: readonly (readonly number[])[] | undefined;
  /** The node that its memory is bound to; null: it has none of its own, or may not use it. */
  readonly memoryNode: number | null;
}

/** Which nodes run how many workers on which CPUs. */
export interface Plan {
  /** By ascending id; one at least. */
  readonly nodes: readonly PlannedNode[];
  /** CPUs of the core that is left to the host thread; null: none was asked for. */
  readonly hostCpus: readonly number[] | null;
  /** What the machine has and the plan does not use, and why. */
  readonly unused: readonly { readonly node: number; readonly cpus: readonly number[]; readonly reason: string }[];
}

export declare function planNodes(topology: Topology, options: PlanOptions): Plan;
