import type { Degradation } from '../numa/alarms.ts';
import { ObjectiveWatch } from '../scheduler/objective-watch.ts';
import type { Objectives } from '../scheduler/objectives-option.ts';
import type { TargetEvent } from '../scheduler/target.ts';
import { BacklogSource } from './backlog-source.ts';
import type { RemoteClient } from './remote-client.ts';

/** The host among those who watch. */
const HERE = -1;

/**
 * The objectives of an engine whose workers live in node processes. Each of those watches what is queued there, and its steals; the host
 * how long tasks wait until they are released, and how they end. An objective is missed while any of them says so.
 */
export class ProcessObjectives {
  readonly #watch: ObjectiveWatch;
  readonly #tell: (event: TargetEvent, degradation: Degradation) => void;
  /** What is missed, by objective, by who says so. */
  readonly #missed = new Map<number, Map<string, Degradation>>();

  constructor(
    objectives: Objectives,
    client: RemoteClient,
    windowMs: number | undefined,
    tell: (event: TargetEvent, degradation: Degradation) => void,
  ) {
    this.#tell = tell;
    const own = { ...objectives, stealFailureRate: undefined };
    this.#watch = new ObjectiveWatch(own, new BacklogSource(client), windowMs, (event, degradation) => {
      this.#note(HERE, event, degradation);
    });
  }

  /** Tasks are pending. */
  begin(): void {
    this.#watch.begin();
  }

  /** A node process has said so. */
  hear(node: number, event: TargetEvent, degradation: Degradation): void {
    this.#note(node, event, Object.freeze(degradation));
  }

  /** A node process is gone: nothing waits there. */
  forget(node: number): void {
    for (const degradation of [...(this.#missed.get(node)?.values() ?? [])]) {
      this.hear(node, 'recovered', { ...degradation, value: 0 });
    }
  }

  /** The objective that is missed by most; undefined when none is. */
  check(): Degradation | undefined {
    const excess = ({ value, threshold }: Degradation): number => value / threshold;
    let worst = this.#watch.check();
    for (const missed of this.#missed.values()) {
      for (const degradation of missed.values()) {
        if (worst === undefined || excess(degradation) > excess(worst)) worst = degradation;
      }
    }
    return worst;
  }

  /** Reads no more. */
  close(): void {
    this.#watch.close();
  }

  // Told when the first one says so, and when the last one does not any more.
  #note(who: number, event: TargetEvent, degradation: Degradation): void {
    const { metric } = degradation;
    const missed = this.#missed.get(who) ?? new Map<string, Degradation>();
    this.#missed.set(who, missed);
    if (event === 'degraded') missed.set(metric, degradation);
    else missed.delete(metric);
    for (const [other, theirs] of this.#missed) if (other !== who && theirs.has(metric)) return;
    this.#tell(event, degradation);
  }
}
