import { monotonicMs } from '../base/clock.ts';
import type { NodeDistances } from './node-distances.ts';

/** One of so many assignments is timed: looking at the clock takes longer than to choose a node. */
const SAMPLE_EVERY = 64;
/** Whatever took longer was interrupted: choosing takes nanoseconds. */
const INTERRUPTED_MS = 0.05;
/** What `begin` returns for an assignment that is not timed. */
const UNTIMED = 0;

/** Assignments since the start. Counts of tasks or threads, and what they weigh. */
export interface PlacementTotals {
  readonly total: number;
  /** Ran on the node they were assigned to; a task that ran again counts by the last time. */
  readonly local: number;
  /** Ran on another one. */
  readonly cross: number;
  /** Of `local` and `cross`: local ones count 1, others the share of the distance. docs/numa.md */
  readonly weight: number;
  /** Mean time to choose a node, in ns, of those that were timed and, if there are any, not interrupted; null when none was timed. */
  readonly meanNs: number | null;
}

/** Counts which node tasks were assigned to, and which of them ran elsewhere. Nodes are given by their index in `topology.nodes`. */
export class PlacementCounters {
  readonly #distances: NodeDistances;
  readonly #clockMs: () => number;
  /** Moved from i to j at i · count + j. */
  readonly #moved: Float64Array;
  #assigned = 0;
  #unknown = 0;
  #turn = 0;
  #samples = 0;
  #sampledMs = 0;
  /** The last one that was interrupted: better than nothing while there is no other. */
  #interruptedMs: number | undefined;
  /** What the clock itself took just now, in ms. */
  #overheadMs = 0;

  constructor(distances: NodeDistances, clockMs: () => number = monotonicMs) {
    this.#distances = distances;
    this.#clockMs = clockMs;
    this.#moved = new Float64Array(distances.count ** 2);
  }

  /** Before a node is chosen. @returns what `assigned` takes */
  begin(): number {
    const turn = this.#turn;
    this.#turn = (turn + 1) % SAMPLE_EVERY;
    if (turn !== 0) return UNTIMED;
    const firstMs = this.#clockMs();
    const began = this.#clockMs();
    this.#overheadMs = began - firstMs;
    return began;
  }

  /** One task has a node. @param began what `begin` returned before it was chosen */
  assigned(began = UNTIMED): void {
    ++this.#assigned;
    if (began === UNTIMED) return;
    const tookMs = this.#clockMs() - began - this.#overheadMs;
    if (Math.abs(tookMs) > INTERRUPTED_MS) {
      this.#interruptedMs = tookMs;
      if (this.#samples === 0) this.#turn = 0; // times the next one instead
      return;
    }
    ++this.#samples;
    this.#sampledMs += tookMs;
  }

  /** `count` tasks that were assigned to one node ran on another. Negative: what was told of so many does not hold any more. */
  moved(from: number, to: number, count = 1): void {
    if (from === to) return;
    const at = from * this.#distances.count + to;
    this.#moved[at] = (this.#moved[at] ?? 0) + count;
  }

  /** `count` assigned ones ran nobody knows where, or nowhere yet. Negative: of so many it is known now. */
  unknown(count = 1): void {
    this.#unknown += count;
  }

  totals(): PlacementTotals {
    const { count } = this.#distances;
    let cross = 0;
    let weight = 0;
    this.#moved.forEach((moved, at) => {
      cross += moved;
      weight += moved * this.#distances.weight(Math.floor(at / count), at % count);
    });
    const local = Math.max(0, this.#assigned - this.#unknown - cross);
    return { total: this.#assigned, local, cross, weight: local + weight, meanNs: this.#meanNs() };
  }

  #meanNs(): number | null {
    const meanMs = this.#samples === 0 ? this.#interruptedMs : this.#sampledMs / this.#samples;
    return meanMs === undefined ? null : Math.max(0, meanMs * 1e6);
  }
}

/** What is lost to distance, 0 … 1 = nothing; NaN when no task ran. @param since totals that do not count any more */
export function efficiencyOf(totals: PlacementTotals, since?: PlacementTotals): number {
  const ran = totals.local + totals.cross - (since === undefined ? 0 : since.local + since.cross);
  if (ran <= 0) return NaN;
  // What ran before and waits again counts against what ran since.
  return Math.min(1, Math.max(0, (totals.weight - (since?.weight ?? 0)) / ran));
}
