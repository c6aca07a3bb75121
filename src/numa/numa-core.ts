import type { Topology } from '../topology/topology.ts';
import type { DegradationCheck } from './alarms.ts';
import { MachineReader } from './machine-reader.ts';
import { Monitor } from './monitor.ts';
import { NodeDistances } from './node-distances.ts';
import type { ResolvedNumaOptions } from './numa-options.ts';
import { PlacementCounters } from './placement-counters.ts';
import { ThreadPlacement } from './thread-placement.ts';
import { MACHINE_PINS, pinsElsewhere, type ThreadPins } from './thread-pins.ts';
import type { Ticker } from './ticker.ts';

/** What tests have of their own. */
export interface NumaCoreParts {
  readonly ticker?: Ticker | undefined;
  readonly pins?: ThreadPins;
}

/** What a NumaScheduler and the engine behind it share: whoever places tasks counts them here, and says when there is work. */
export class NumaCore {
  readonly topology: Topology;
  readonly distances: NodeDistances;
  readonly counters: PlacementCounters;
  readonly monitor: Monitor;
  readonly threads: ThreadPlacement;
  /** What else is worse than it may be, as of now. */
  alsoCheck: DegradationCheck | undefined;

  constructor(topology: Topology, options: ResolvedNumaOptions, parts: NumaCoreParts = {}) {
    const { monitoring, efficiencyThreshold, root } = options;
    this.topology = topology;
    this.distances = new NodeDistances(topology);
    this.counters = new PlacementCounters(this.distances);
    const ids = topology.nodes.map(({ id }) => id);
    const reader = monitoring ? new MachineReader(ids, this.distances, root) : undefined;
    this.monitor = new Monitor({ efficiencyThreshold, ticker: parts.ticker }, this.counters, reader);
    const pins = parts.pins ?? (root === '/' ? MACHINE_PINS : pinsElsewhere(root));
    this.threads = new ThreadPlacement(topology, this.counters, pins);
  }
}
