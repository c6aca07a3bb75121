import { commandPrefix } from '../affinity/command-prefix.ts';
import { type Plan, planNodes, type PlanOptions } from '../affinity/plan.ts';
import { NumaError } from '../base/errors.ts';
import { warn } from '../base/warning.ts';
import { cannotPin } from '../affinity/tools.ts';
import type { ResolvedNuma } from '../scheduler/numa-option.ts';
import type { ResolvedOptions } from '../scheduler/options.ts';
import { parseCpuList } from '../topology/cpulist.ts';
import { detectTopology } from '../topology/detect.ts';
import { readText } from '../topology/fs-text.ts';
import type { Topology } from '../topology/topology.ts';

/** What an engine makes of the nodes of a machine. */
export interface NodePlan {
  readonly topology: Topology;
  readonly numa: ResolvedNuma;
  readonly plan: Plan;
  readonly planOptions: PlanOptions;
  /** Each node has a process of its own; else the workers are threads of this one. */
  readonly hasProcesses: boolean;
}

/**
 * Plans the nodes.
 *
 * @returns undefined when there is nothing to plan: numa is off, or there is one node and nothing was asked for
 * @throws NumaError ERR_NODE_UNAVAILABLE, ERR_INVALID_OPTION
 */
export function nodePlanOf(options: ResolvedOptions, root: string): NodePlan | undefined {
  const { numa, seed } = options;
  if (numa === undefined || seed !== undefined || (numa.isDefault && hasOneNode(root))) return undefined;
  const topology = detectTopology({ root });
  const { nodes, pin, useIsolatedCpus, reserveHostCore } = numa;
  const workers = options.hasWorkers ? options.workers : undefined;
  const planOptions = { nodes, pin, useIsolatedCpus, reserveHostCore, workers };
  const plan = planNodes(topology, planOptions);
  const usable = topology.nodes.filter(({ usableCpus }) => usableCpus.length > 0);
  const isPart = nodes !== undefined && plan.nodes.length < usable.length;
  const hasProcesses = plan.nodes.length > 1 || isPart;
  const cannot = cannotPin();
  const pins = hasProcesses || pin === 'core' || reserveHostCore;
  if (numa.mustPin && pins && cannot !== undefined) throw notPinnable(cannot);
  const reason = numa.isDefault && hasProcesses ? refusalOf(plan, root) : undefined;
  if (reason !== undefined) warnWhole(plan, reason);
  return { topology, numa, plan, planOptions, hasProcesses: hasProcesses && reason === undefined };
}

/** The first node that is online, 0 where the machine does not tell. */
export function firstNode(root: string): number {
  return onlineNodes(root)[0] ?? 0;
}

function notPinnable(reason: string): NumaError {
  return new NumaError(
    'ERR_AFFINITY',
    `expected to pin what numa.pin or numa.reserveHostCore ask for, got: ${reason}. Mend that, or leave these options out`,
  );
}

// The common case, without looking at everything else.
function hasOneNode(root: string): boolean {
  return onlineNodes(root).length === 1;
}

function onlineNodes(root: string): readonly number[] {
  const online = parseCpuList(readText(root, 'sys/devices/system/node/online') ?? '');
  return online.ok ? online.cpus : [];
}

// Why none of them could be pinned: processes that share all nodes would only be slower than threads that do.
function refusalOf({ nodes }: Plan, root: string): string | undefined {
  const prefixes = nodes.map((node) => commandPrefix(node, root));
  return prefixes.some(({ pinned }) => pinned) ? undefined : prefixes[0]?.reasons[0];
}

function warnWhole({ nodes }: Plan, reason: string): void {
  warn(
    'WARN_NOT_PINNED',
    `${String(nodes.length)} NUMA nodes could be used, but node processes cannot be pinned to them: ${reason}. ` +
      "Everything runs in this process; numa: 'off' says that this is meant",
  );
}
