/** How the engine places tasks on nodes, without an engine: from the modules of a build that are not exported. */
import { existsSync } from 'node:fs';
import { NotMeasured } from './case.ts';
import type { Library } from './library.ts';

export type Policy = 'locality' | 'roundRobin';

/** What is asked and told for each task. */
export interface TaskPlacement {
  choose(preferred: number): number;
  assigned(node: number, count: number): void;
  load(node: number, pending: number, places: number): void;
}

interface NodeFacts {
  readonly id: number;
  readonly memoryKiB: number;
  readonly distances: readonly number[];
}
interface MachineFacts {
  readonly nodes: readonly NodeFacts[];
  readonly allowedNodes: readonly number[];
}
interface Modules {
  readonly NodeDistances: new (machine: MachineFacts) => object;
  readonly PlacementCounters: new (distances: object) => object;
  readonly NodePlacement: new (
    ids: readonly number[],
    policy: Policy,
    distances: object,
    counters: object,
  ) => TaskPlacement;
}

/** Nodes per package: those of one are nearer to each other. */
const NODES_PER_PACKAGE = 4;
const [LOCAL, NEAR, FAR] = [10, 12, 32];

/**
 * Placement on a machine that is made up.
 *
 * @throws NotMeasured where the build has none
 */
export async function loadPlacement(library: Library, policy: Policy, nodes: number): Promise<TaskPlacement> {
  const files = ['node-distances', 'placement-counters', 'node-placement'].map(
    (name) => new URL(`./numa/${name}.js`, library.entry),
  );
  if (!files.every((file) => existsSync(file))) throw new NotMeasured('this build places no tasks on nodes');
  const loaded = await Promise.all(files.map((file) => import(file.href) as Promise<Partial<Modules>>));
  const { NodeDistances, PlacementCounters, NodePlacement } = Object.assign({}, ...loaded) as Modules;
  const distances = new NodeDistances(machineOf(nodes));
  const ids = Array.from({ length: nodes }, (_, id) => id);
  return new NodePlacement(ids, policy, distances, new PlacementCounters(distances));
}

function machineOf(count: number): MachineFacts {
  const ids = Array.from({ length: count }, (_, id) => id);
  const packageOf = (id: number): number => Math.floor(id / NODES_PER_PACKAGE);
  const distance = (from: number, to: number): number =>
    from === to ? LOCAL : packageOf(from) === packageOf(to) ? NEAR : FAR;
  const nodes = ids.map((id) => ({ id, memoryKiB: 1024, distances: ids.map((to) => distance(id, to)) }));
  return { nodes, allowedNodes: ids };
}
