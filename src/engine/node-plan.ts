import { commandPrefix } from '../affinity/command-prefix.ts';
import { type Plan, planNodes, type PlanOptions } from '../affinity/plan.ts';
import { NumaError } from '../base/errors.ts';
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
  const cannot = cannotPin();
  if (numa.mustPin && cannot !== undefined) throw notPinnable(cannot);
  const topology = detectTopology({ root });
  const { nodes, pin, useIsolatedCpus, reserveHostCore } = numa;
  const workers = options.hasWorkers ? options.workers : undefined;
  const planOptions = { nodes, pin, useIsolatedCpus, reserveHostCore, workers };
  const plan = planNodes(topology, planOptions);
  const usable = topology.nodes.filter(({ usableCpus }) => usableCpus.length > 0);
  const hasProcesses = plan.nodes.length > 1 || plan.nodes.length < usable.length;
  if (numa.isDefault && (!hasProcesses || staysWhole(plan, root))) return undefined;
  return { topology, numa, plan, planOptions, hasProcesses };
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

// Without a way to pin, processes that share all nodes would only be slower than threads that do.
function staysWhole({ nodes }: Plan, root: string): boolean {
  const prefixes = nodes.map((node) => commandPrefix(node, root));
  const reason = prefixes.some(({ pinned }) => pinned) ? undefined : prefixes[0]?.reasons[0];
  if (reason === undefined) return false;
  process.emitWarning(
    `${String(nodes.length)} NUMA nodes could be used, but node processes cannot be pinned to them: ${reason}. ` +
      "Everything runs in this process; numa: 'off' says that this is meant",
    'TallyioWarning',
  );
  return true;
}
