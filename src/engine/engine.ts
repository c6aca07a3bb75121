import { type Pinning, pinCurrentThread } from '../affinity/pin-thread.ts';
import { NumaError } from '../base/errors.ts';
import { bare } from '../base/given.ts';
import { warn } from '../base/warning.ts';
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
 * @throws TallyError ERR_INVALID_OPTION, ERR_MODULE_LOAD, ERR_LAYOUT_VERSION, ERR_RESOURCE_EXHAUSTED, ERR_NODE_UNAVAILABLE,
 *   ERR_AFFINITY
 */
export async function createEngine<T = AnyTasks>(options: EngineOptions): Promise<Engine<T>> {
  return startEngine<T>(bare({}), options);
}

/** As `createEngine`, on a machine that a test has made. @internal */
export async function startEngine<T = AnyTasks>(machine: Machine, options: EngineOptions): Promise<TaskEngine<T>> {
  refuseInTaskModule();
  const resolved = resolveOptions(options);
  const plan = nodePlanOf(resolved, machine.root ?? '/');
  if (plan === undefined) return startWhole<T>(bare({ node: firstNode(machine.root ?? '/'), ...machine }), resolved);
  const engine = plan.hasProcesses
    ? await startNodes<T>(machine, resolved, plan)
    : await startWhole<T>(...onOneNode(machine, resolved, plan));
  if (plan.plan.hostCpus !== null) pinHost(engine, plan.plan.hostCpus, plan.topology.allowedCpus);
  return engine;
}

function startWhole<T>(machine: Machine, options: ResolvedOptions): Promise<TaskEngine<T>> {
  return options.isolation === 'process'
    ? ProcessScheduler.startOne<T>(machine, options)
    : WorkStealingScheduler.startResolved<T>(machine, options);
}

async function startNodes<T>(machine: Machine, options: ResolvedOptions, nodePlan: NodePlan): Promise<TaskEngine<T>> {
  const { topology, numa, plan, planOptions } = nodePlan;
  const { root = '/' } = machine;
  const { monitoring, efficiencyThreshold, policy } = numa;
  const core = new NumaCore(topology, { monitoring, efficiencyThreshold, root });
  const ids = plan.nodes.map(({ id }) => id);
  const placement = new NodePlacement(ids, policy, core.distances, core.counters);
  const allowed = topology.allowedCpus.filter((cpu) => plan.hostCpus?.includes(cpu) !== true);
  const launches = NodeLaunch.all(plan, { options, root, planOptions, allowed });
  const engine = await ProcessScheduler.startNodes<T>(machine, options, launches, placement, core);
  const reason = launches.map((launch) => launch.reason).find((each) => each !== undefined);
  if (reason !== undefined && numa.mustPin) {
    await engine.close({ drain: false });
    throw notPinned(reason);
  }
  if (reason === undefined) warnOfMemory(launches);
  else {
    warn(
      'WARN_NOT_PINNED',
      `node processes are not kept on their nodes: ${reason}. They work all the same; numa: 'off' keeps all in one process`,
    );
  }
  return engine;
}

function warnOfMemory(launches: readonly NodeLaunch[]): void {
  const reason = launches.map((launch) => launch.unboundReason).find((each) => each !== undefined);
  if (reason === undefined) return;
  warn(
    'WARN_MEMORY_NOT_BOUND',
    `memory of node processes is not bound to their nodes: ${reason}. Its pages come from the node that touches them first, as long as that ` +
      'has some; engine.numa.stats() shows where they are',
  );
}

// The workers are as many as the plan says, and stay off the core of the host thread, or on their own, if that was asked for.
function onOneNode(machine: Machine, options: ResolvedOptions, { numa, plan }: NodePlan): [Machine, ResolvedOptions] {
  const [node] = plan.nodes;
  if (node === undefined || numa.isDefault) return [bare({ node: node?.id, ...machine }), options];
  const { id, cpus, workers } = node;
  const shared = plan.hostCpus === null ? undefined : Array.from({ length: workers }, () => cpus);
  return [bare({ ...machine, workerCpus: node.workerCpus ?? shared, node: id }), { ...options, workers }];
}

// Until the engine closes.
function pinHost(engine: TaskEngine<never>, cpus: readonly number[], before: readonly number[]): void {
  const told = (what: string, { pinned, reason }: Pinning): void => {
    if (!pinned) warn('WARN_NOT_PINNED', `the host thread is not ${what}: ${reason ?? 'its mask is another one'}`);
  };
  told('on its core', pinCurrentThread(cpus));
  engine.once('close', () => {
    told('where it was before', pinCurrentThread(before));
  });
}

function notPinned(reason: string): NumaError {
  return new NumaError(
    'ERR_AFFINITY',
    `expected to pin what numa.pin or numa.reserveHostCore ask for, got: ${reason}. Mend that, or leave these options out`,
  );
}
