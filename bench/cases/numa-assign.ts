import type { BenchCase, Contender, Match, Session } from '../case.ts';
import { atMost } from '../goal.ts';
import { warmUp } from '../lanes.ts';
import { loadPlacement, type Policy, type TaskPlacement } from '../placement.ts';

const GOAL_NS = 50;
const NODES = [2, 8, 64];
const POLICIES: readonly Policy[] = ['locality', 'roundRobin'];
/** Tasks that are placed before the first of them ends. */
const BATCH = 1_000;
/** What each node takes at once: beyond that every one is looked at. A node of eight workers. */
const PLACES = 8;

/** Places a batch as the engine does, then lets all of it end, node by node. */
function placeBatch(placement: TaskPlacement, pending: Int32Array): void {
  for (let task = 0; task < BATCH; ++task) {
    const node = placement.choose(-1);
    const count = (pending[node] ?? 0) + 1;
    pending[node] = count;
    placement.load(node, count, PLACES);
    placement.assigned(node, 1);
  }
  for (let node = 0; node < pending.length; ++node) {
    pending[node] = 0;
    placement.load(node, 0, PLACES);
  }
}

async function session(placement: TaskPlacement, nodes: number, batches: number): Promise<Session> {
  const pending = new Int32Array(nodes);
  for (let node = 0; node < nodes; ++node) placement.load(node, 0, PLACES);
  const round = (): Promise<{ value: number }> => {
    const start = performance.now();
    for (let batch = 0; batch < batches; ++batch) placeBatch(placement, pending);
    return Promise.resolve({ value: ((performance.now() - start) * 1e6) / (batches * BATCH) });
  };
  await warmUp(round);
  return { round, close: () => Promise.resolve() };
}

/** The next node, whatever it has to do, and nothing counted. */
class Turns implements TaskPlacement {
  readonly #nodes: number;
  #next = 0;

  constructor(nodes: number) {
    this.#nodes = nodes;
  }

  choose(): number {
    this.#next = this.#next + 1 === this.#nodes ? 0 : this.#next + 1;
    return this.#next;
  }

  assigned(): void {
    // Not counted.
  }

  load(): void {
    // Nobody asks.
  }
}

function match(policy: Policy, nodes: number, quick: boolean): Match {
  const batches = quick ? 100 : 500;
  const turns: Contender = {
    name: 'turns, not counted',
    role: 'floor',
    open: () => session(new Turns(nodes), nodes, batches),
  };
  return {
    id: `numa-assign/${policy}-${String(nodes)}`,
    metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [atMost(GOAL_NS)] }],
    rounds: quick ? 5 : 11,
    engine: async (library) => session(await loadPlacement(library, policy, nodes), nodes, batches),
    contenders: [turns],
  };
}

export const numaAssign: BenchCase = {
  id: 'numa-assign',
  suite: 'numa',
  title: 'choosing a node for a task and counting it, on 2, 8 and 64 nodes of 8 places, 1,000 tasks at a time',
  cannotTell: 'nothing is sent to the node; its caches are warm, as nothing but placing runs between two tasks',
  matches: ({ quick }) =>
    Promise.resolve(NODES.flatMap((nodes) => POLICIES.map((policy) => match(policy, nodes, quick)))),
};
