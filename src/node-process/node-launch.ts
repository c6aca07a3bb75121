import { type CommandPrefix, commandPrefix } from '../affinity/command-prefix.ts';
import { type Plan, planNodes, type PlannedNode, type PlanOptions } from '../affinity/plan.ts';
import { verifyProcess } from '../affinity/verify.ts';
import { cpusetCpus } from '../topology/cgroup.ts';
import { formatCpuList } from '../topology/cpulist.ts';
import { detectTopology } from '../topology/detect.ts';
import type { Topology, TopologyNode } from '../topology/topology.ts';
import type { Machine } from '../scheduler/machine.ts';
import type { ResolvedOptions } from '../scheduler/options.ts';
import { type Launch, launchOf } from './launch.ts';
import type { NodePlace } from './node-place.ts';
import type { NodeStart } from './node-start.ts';

const UNPINNED: CommandPrefix = { command: [], pinned: false, bound: false, reasons: [] };

/** What the processes of all nodes have in common. */
export interface LaunchParts {
  readonly options: ResolvedOptions;
  /** Directory that holds `proc/` and `sys/`. */
  readonly root: string;
  readonly planOptions: PlanOptions;
  /** CPUs that may ever be used, ascending. */
  readonly allowed: readonly number[];
}

/**
 * How the process of one node is started, again and again: each time as the machine is then. CPUs may have gone offline, and a cpuset
 * may have changed.
 */
export class NodeLaunch implements NodeStart {
  readonly place: NodePlace;
  readonly #options: ResolvedOptions;
  readonly #root: string;
  readonly #planOptions: PlanOptions;
  readonly #allowed: readonly number[];
  readonly #first: PlannedNode;
  #planned: PlannedNode;
  #hasStarted = false;
  #prefix = UNPINNED;
  /** Why the last process does not run where it should. */
  #reason: string | undefined;

  private constructor(planned: PlannedNode, firstWorker: number, { options, root, planOptions, allowed }: LaunchParts) {
    this.place = { id: planned.id, firstWorker, workers: planned.workers };
    this.#options = options;
    this.#root = root;
    this.#planOptions = planOptions;
    this.#allowed = allowed;
    this.#first = planned;
    this.#planned = planned;
  }

  /** Of all nodes of a plan. */
  static all({ nodes }: Plan, parts: LaunchParts): NodeLaunch[] {
    let firstWorker = 0;
    return nodes.map((planned) => {
      const launch = new NodeLaunch(planned, firstWorker, parts);
      firstWorker += planned.workers;
      return launch;
    });
  }

  /** CPUs that the last process may run on. */
  get cpus(): readonly number[] {
    return this.#planned.cpus;
  }

  /** Whether the last process was seen to be kept on them. */
  get isPinned(): boolean {
    return this.#prefix.pinned && this.#reason === undefined;
  }

  /** Why it is not, if it should be. */
  get reason(): string | undefined {
    if (this.#planOptions.pin === 'off' || this.isPinned) return undefined;
    return this.#reason ?? this.#prefix.reasons[0];
  }

  /** Why the memory of the last process is not bound to its node, if that is where its CPUs are, and it should be. */
  get unboundReason(): string | undefined {
    const { pinned, bound, reasons } = this.#prefix;
    return pinned && !bound ? reasons[0] : undefined;
  }

  /** How the next process is started. @throws NumaError ERR_NODE_UNAVAILABLE when the node has nothing left to run it on */
  launch(): Launch {
    if (this.#hasStarted) this.#planned = this.#planAgain();
    this.#hasStarted = true;
    this.#reason = undefined;
    const { id, workers, workerCpus } = this.#planned;
    const { firstWorker } = this.place;
    this.#prefix = this.#planOptions.pin === 'off' ? UNPINNED : commandPrefix(this.#planned, this.#root);
    const machine: Machine = { node: id, firstWorker, workerCpus: this.#prefix.pinned ? workerCpus : undefined };
    return launchOf({ ...this.#options, workers }, machine, this.#prefix.command);
  }

  /** A process works: looks where it does. */
  check(pid: number): void {
    if (!this.#prefix.pinned) return;
    const { pinned, reason } = verifyProcess(pid, this.cpus, this.#root);
    this.#reason = pinned
      ? undefined
      : (reason ?? `process ${String(pid)} may run outside of CPU ${formatCpuList(this.cpus)}`);
  }

  // Within what could be used at first: what this thread may use now says nothing, as it may have been pinned since.
  #planAgain(): PlannedNode {
    const topology = detectTopology({ root: this.#root });
    const cpuset = cpusetCpus(this.#root);
    const allowed = this.#allowed.filter((cpu) => topology.onlineCpus.includes(cpu) && cpuset?.includes(cpu) !== false);
    const nodes = ownedWithin(topology, allowed, this.#first);
    const { id, workers } = this.place;
    const options = { ...this.#planOptions, nodes: [id], reserveHostCore: false, workers };
    return planNodes({ ...topology, nodes, allowedCpus: allowed }, options).nodes[0] ?? this.#first;
  }
}

// The CPUs of each node, each CPU once. One that had CPUs of no node keeps what there is of them.
function ownedWithin({ nodes }: Topology, allowed: readonly number[], first: PlannedNode): TopologyNode[] {
  const taken = new Set<number>();
  return nodes.map((node) => {
    const own = node.cpus.filter((cpu) => allowed.includes(cpu) && !taken.has(cpu));
    for (const cpu of own) taken.add(cpu);
    const kept = first.cpus.filter((cpu) => allowed.includes(cpu));
    return { ...node, usableCpus: own.length === 0 && node.id === first.id ? kept : own };
  });
}
