import { NumaError } from '../base/errors.ts';
import { worstOf } from './alarms.ts';
import { detectTopology } from '../topology/detect.ts';
import type { Topology } from '../topology/topology.ts';
import type { NodeState } from './machine-reader.ts';
import type { MachineReading } from './monitor.ts';
import { NumaCore } from './numa-core.ts';
import { type NumaSchedulerOptions, resolveNumaOptions } from './numa-options.ts';
import type { NumaNodeStats, NumaStats } from './numa-stats.ts';
import { efficiencyOf } from './placement-counters.ts';
import type { Assignment } from './thread-placement.ts';

/**
 * The NUMA nodes of a machine: what they are, what was placed on them, and what became of it. `engine.numa` is that of an engine;
 * one of your own assigns threads of your own. docs/numa.md
 */
export class NumaScheduler {
  readonly #core: NumaCore;

  private constructor(core: NumaCore) {
    this.#core = core;
  }

  /** @internal That of an engine, which counts and monitors. */
  static over(core: NumaCore): NumaScheduler {
    return new NumaScheduler(core);
  }

  /**
   * Looks at the machine; everything else is as by default.
   *
   * @throws NumaError ERR_TOPOLOGY when `root` holds no machine, ERR_INVALID_OPTION
   */
  static detect(options: Pick<NumaSchedulerOptions, 'root'> = {}): NumaScheduler {
    return start(resolveNumaOptions(options, ['root']));
  }

  /**
   * Looks at the machine.
   *
   * @throws NumaError ERR_TOPOLOGY when `root` holds no machine, ERR_INVALID_OPTION
   */
  static create(options: NumaSchedulerOptions = {}): NumaScheduler {
    return start(resolveNumaOptions(options));
  }

  /**
   * As `create`, by position.
   *
   * @param efficiencyThreshold 0 … 1
   * @throws NumaError ERR_INVALID_OPTION
   */
  static withConfig(monitoring: boolean, efficiencyThreshold: number): NumaScheduler {
    return start(resolveNumaOptions({ monitoring, efficiencyThreshold }));
  }

  /** The machine as this process may use it, as of when this was made. */
  get topology(): Topology {
    return this.#core.topology;
  }

  /**
   * Assigns the calling thread to a node and pins it to the CPUs there. Waits for `taskset`, some milliseconds. Where that is not
   * permitted, or there is none, the thread stays as it is, and `reason` says why.
   *
   * @param node id of the node. @default one node after the other
   * @throws NumaError ERR_INVALID_OPTION, ERR_NODE_UNAVAILABLE: no such node, or none of its CPUs may be used
   */
  assignCurrentThread(node?: number): Assignment {
    return this.#core.threads.assign(node);
  }

  /**
   * What was placed, and what the kernel told of it at the last reading. With `monitoring`, reads anew when that is older than the time
   * between readings: at most once a second.
   */
  stats(): NumaStats {
    const { counters, monitor } = this.#core;
    const reading = monitor.latest();
    const totals = counters.totals();
    const nodes = [...monitor.nodes()].sort((one, other) => one.id - other.id || one.pid - other.pid);
    return Object.freeze({
      totalAssignments: totals.total,
      localAssignments: totals.local,
      crossNumaAssignments: totals.cross,
      threadMigrations: reading?.threadMigrations ?? null,
      numaMisses: reading?.numaMisses ?? null,
      totalAssignmentTimeNs: (totals.meanNs ?? 0) * totals.total,
      performanceDegradations: monitor.degradations,
      averageAssignmentNs: totals.meanNs,
      efficiency: orNull(efficiencyOf(totals)),
      nodes: Object.freeze(nodes.map((node) => nodeStats(node, reading))),
    });
  }

  /** As `stats().efficiency`, of the last second or two in which tasks ran; NaN when none ever has. */
  currentEfficiency(): number {
    return this.#core.monitor.efficiency();
  }

  /**
   * Does nothing while all is well. What is not known is not degraded; without `monitoring`, only an objective of the engine can be
   * missed (docs/objectives.md).
   *
   * @throws NumaError ERR_PERFORMANCE_DEGRADED { metric, value, threshold } of the worst degradation that lasts
   */
  checkPerformance(): void {
    const { monitor, alsoCheck } = this.#core;
    const worst = worstOf([monitor.worst(), alsoCheck?.()]);
    if (worst === undefined) return;
    const { metric, value, threshold } = worst;
    const side = value < threshold ? 'at least' : 'at most';
    throw new NumaError(
      'ERR_PERFORMANCE_DEGRADED',
      `expected ${metric} to be ${side} ${String(threshold)}, got ${String(value)}: docs/numa.md has the causes of each, stats() the numbers`,
      { metric, value, threshold },
    );
  }
}

function start(options: ReturnType<typeof resolveNumaOptions>): NumaScheduler {
  return NumaScheduler.over(new NumaCore(detectTopology({ root: options.root }), options));
}

function nodeStats({ id, pid, workers, cpus, pinned }: NodeState, reading: MachineReading | undefined): NumaNodeStats {
  const bytes = reading?.residentBytes.get(pid);
  const residentBytesByNode = bytes === undefined ? null : Object.freeze(Object.fromEntries(bytes));
  return Object.freeze({ id, pid, workers, cpus: Object.freeze([...cpus]), pinned, residentBytesByNode });
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
