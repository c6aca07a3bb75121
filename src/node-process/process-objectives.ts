import { ObjectiveWatch } from '../scheduler/objective-watch.ts';
import type { Objectives } from '../scheduler/objectives-option.ts';
import type { Degradation, TargetEvent } from '../scheduler/target.ts';
import { BacklogSource } from './backlog-source.ts';
import type { RemoteClient } from './remote-client.ts';

/**
 * The objectives of an engine whose workers live in a node process. That one watches what is queued there, and its steals; the
 * host how long tasks wait until they are released, and how they end. An objective is missed while either says so.
 */
export class ProcessObjectives {
  readonly #watch: ObjectiveWatch;
  readonly #tell: (event: TargetEvent, degradation: Degradation) => void;
  /** What is missed here, and there, by objective. */
  readonly #here = new Map<string, Degradation>();
  readonly #there = new Map<string, Degradation>();

  constructor(
    objectives: Objectives,
    client: RemoteClient,
    windowMs: number | undefined,
    tell: (event: TargetEvent, degradation: Degradation) => void,
  ) {
    this.#tell = tell;
    const own = { ...objectives, stealFailureRate: undefined };
    this.#watch = new ObjectiveWatch(own, new BacklogSource(client), windowMs, (event, degradation) => {
      this.#note(this.#here, this.#there, event, degradation);
    });
  }

  /** Tasks are pending. */
  begin(): void {
    this.#watch.begin();
  }

  /** The node process has said so. */
  hear(event: TargetEvent, degradation: Degradation): void {
    this.#note(this.#there, this.#here, event, Object.freeze(degradation));
  }

  /** The node process is gone: nothing waits there. */
  forget(): void {
    for (const degradation of [...this.#there.values()]) this.hear('recovered', { ...degradation, value: 0 });
  }

  /** The objective that is missed by most; undefined when none is. */
  check(): Degradation | undefined {
    const excess = ({ value, threshold }: Degradation): number => value / threshold;
    let worst = this.#watch.check();
    for (const degradation of this.#there.values()) {
      if (worst === undefined || excess(degradation) > excess(worst)) worst = degradation;
    }
    return worst;
  }

  /** Reads no more. */
  close(): void {
    this.#watch.close();
  }

  #note(
    missed: Map<string, Degradation>,
    elsewhere: ReadonlyMap<string, Degradation>,
    event: TargetEvent,
    degradation: Degradation,
  ): void {
    const { metric } = degradation;
    if (event === 'degraded') missed.set(metric, degradation);
    else missed.delete(metric);
    if (!elsewhere.has(metric)) this.#tell(event, degradation);
  }
}

/** What the node process is to watch. */
export function objectivesThere(objectives: Objectives | undefined): Objectives | undefined {
  return objectives === undefined ? undefined : { ...objectives, errorRate: undefined };
}
