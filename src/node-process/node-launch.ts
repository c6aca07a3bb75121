import { type CommandPrefix, commandPrefix } from '../affinity/command-prefix.ts';
import { placesOf } from '../affinity/places.ts';
import type { Plan, PlannedNode, PlanOptions } from '../affinity/plan.ts';
import { verifyProcess } from '../affinity/verify.ts';
import { NumaError } from '../base/errors.ts';
import { cpusetCpus } from '../topology/cgroup.ts';
import { formatCpuList } from '../topology/cpulist.ts';
import { detectTopology } from '../topology/detect.ts';
import type { Machine } from '../scheduler/machine.ts';
import type { ResolvedOptions } from '../scheduler/options.ts';
import { type Launch, launchOf } from './launch.ts';
import type { NodePlace } from './node-place.ts';
import type { NodeStart } from './node-start.ts';

const UNPINNED: CommandPrefix = { command: [], pinned: false, bound: false, reasons: [] };

/**
 * How the process of one node is started, again and again: each time as the machine is then. CPUs may have gone offline, and a cpuset
 * may have changed.
 */
export class NodeLaunch implements NodeStart {
  readonly place: NodePlace;
  readonly #options: ResolvedOptions;
  readonly #root: string;
  readonly #planOptions: PlanOptions;
  readonly #first: PlannedNode;
  #planned: PlannedNode;
  #hasStarted = false;
  #prefix = UNPINNED;
  /** Why the last process does not run where it should. */
  #reason: string | undefined;

  private constructor(
    planned: PlannedNode,
    firstWorker: number,
    options: ResolvedOptions,
    root: string,
    plan: PlanOptions,
  ) {
    this.place = { id: planned.id, firstWorker, workers: planned.workers };
    this.#options = options;
    this.#root = root;
    this.#planOptions = plan;
    this.#first = planned;
    this.#planned = planned;
  }

  /** Of all nodes of a plan. */
  static all({ nodes }: Plan, options: ResolvedOptions, root: string, plan: PlanOptions): NodeLaunch[] {
    let firstWorker = 0;
    return nodes.map((planned) => {
      const launch = new NodeLaunch(planned, firstWorker, options, root, plan);
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

  // Not from what this thread may use: it may have been pinned since.
  #planAgain(): PlannedNode {
    const topology = detectTopology({ root: this.#root });
    const cpuset = cpusetCpus(this.#root);
    const cpus = this.#first.cpus.filter((cpu) => topology.onlineCpus.includes(cpu) && cpuset?.includes(cpu) !== false);
    const { id, workers } = this.place;
    if (cpus.length === 0) throw nothingLeft(id, this.#first.cpus);
    const { pin } = this.#planOptions;
    return { ...this.#first, cpus, workerCpus: pin === 'off' ? undefined : placesOf(cpus, workers, pin, topology) };
  }
}

function nothingLeft(id: number, cpus: readonly number[]): NumaError {
  return new NumaError(
    'ERR_NODE_UNAVAILABLE',
    `expected node ${String(id)} to have CPUs of ${formatCpuList(cpus)} that are online and in the cpuset, got none: bring one back, ` +
      'then create another engine',
    { node: id },
  );
}
