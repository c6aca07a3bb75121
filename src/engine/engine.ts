import { pinCurrentThread } from '../affinity/pin-thread.ts';
import { NodeLaunch } from '../node-process/node-launch.ts';
import { ProcessScheduler } from '../node-process/process-scheduler.ts';
import { NodePlacement } from '../numa/node-placement.ts';
import { NumaCore } from '../numa/numa-core.ts';
import type { Machine } from '../scheduler/machine.ts';
import { type EngineOptions, resolveOptions, type ResolvedOptions } from '../scheduler/options.ts';
import { refuseInTaskModule, WorkStealingScheduler } from '../scheduler/scheduler.ts';
import type { TaskEngine } from '../scheduler/task-engine.ts';
import type { AnyTasks } from '../worker/task-signature.ts';
import { firstNode, type NodePlan, nodePlanOf } from './node-plan.ts';

/** A running engine: `run` and its kin, `stats`, `numa`, `drain`, `close`, events. */
export type Engine<T = AnyTasks> = Omit<TaskEngine<T>, 'taskType' | 'submitTask' | 'wait' | 'poll' | 'release'>;

/**
 * Starts an engine; the promise settles when every worker has loaded its tasks.
 *
 * @throws TallyError ERR_INVALID_OPTION, ERR_MODULE_LOAD, ERR_LAYOUT_VERSION, ERR_RESOURCE_EXHAUSTED, ERR_NODE_UNAVAILABLE
 */
export async function createEngine<T = AnyTasks>(options: EngineOptions): Promise<Engine<T>> {
  return startEngine<T>({}, options);
}

/** As `createEngine`, on a machine that a test has made. @internal */
export async function startEngine<T = AnyTasks>(machine: Machine, options: EngineOptions): Promise<TaskEngine<T>> {
  refuseInTaskModule();
  const resolved = resolveOptions(options);
  const plan = nodePlanOf(resolved, machine.root ?? '/');
  if (plan === undefined) return startWhole<T>({ node: firstNode(machine.root ?? '/'), ...machine }, resolved);
  const engine = plan.hasProcesses
    ? await startNodes<T>(machine, resolved, plan)
    : await startWhole<T>(...onOneNode(machine, resolved, plan));
  pinHost(plan);
  return engine;
}

function startWhole<T>(machine: Machine, options: ResolvedOptions): Promise<TaskEngine<T>> {
  return options.isolation === 'process'
    ? ProcessScheduler.startOne<T>(machine, options)
    : WorkStealingScheduler.startResolved<T>(machine, options);
}

function startNodes<T>(machine: Machine, options: ResolvedOptions, nodePlan: NodePlan): Promise<TaskEngine<T>> {
  const { topology, numa, plan, planOptions } = nodePlan;
  const { root = '/', ticker } = machine;
  const { monitoring, efficiencyThreshold, policy } = numa;
  const core = new NumaCore(topology, { monitoring, efficiencyThreshold, root }, { ticker });
  const ids = plan.nodes.map(({ id }) => id);
  const placement = new NodePlacement(ids, policy, core.distances, core.counters);
  const launches = NodeLaunch.all(plan, options, root, planOptions);
  return ProcessScheduler.startNodes<T>(machine, options, launches, placement, core);
}

// The workers are as many as the plan says, and pinned if that was asked for.
function onOneNode(machine: Machine, options: ResolvedOptions, { plan }: NodePlan): [Machine, ResolvedOptions] {
  const [node] = plan.nodes;
  if (node === undefined) return [machine, options];
  return [
    { ...machine, workerCpus: node.workerCpus, node: node.id },
    { ...options, workers: node.workers },
  ];
}

function pinHost({ plan }: NodePlan): void {
  if (plan.hostCpus === null) return;
  const { pinned, reason } = pinCurrentThread(plan.hostCpus);
  if (!pinned) process.emitWarning(`the host thread is not on its core: ${reason ?? 'it was moved'}`, 'TallyioWarning');
}
