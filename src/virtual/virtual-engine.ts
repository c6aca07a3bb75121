import { CANCELLED, FREE, LOST_RACE, QUEUED, RUNNING } from '../abi/codes.ts';
import type { Clock } from '../base/clock.ts';
import { attachEngine, type EngineInstance, type EngineSource } from '../wasm/engine.ts';
import type { Conductor } from './conductor.ts';

/** The instances of one engine on one thread, as those of several threads; what would wake a thread wakes the conductor. */
export class VirtualEngine {
  readonly #source: EngineSource;
  readonly #conductor: Conductor;
  readonly #real: Clock;
  readonly #all: EngineInstance['exports'][] = [];
  /** When each slot's handler began, in real time: the engine's own clock stands still while a handler waits. */
  readonly #startedUs: number[] = [];
  #abandoned = false;

  constructor(source: EngineSource, conductor: Conductor, real: Clock) {
    this.#source = source;
    this.#conductor = conductor;
    this.#real = real;
  }

  /** As `attachEngine`. */
  attach(submitter: number, worker: number): EngineInstance {
    const instance = attachEngine(this.#source, submitter, worker, this.#conductor.clock.now);
    const { exports } = instance;
    this.#all.push(exports);
    return {
      ...instance,
      exports: {
        ...exports,
        alert: (index, bits) => {
          exports.alert(index, bits);
          this.#conductor.wake();
        },
        recall: (bytes) => {
          const mayCome = exports.recall(bytes);
          for (const each of this.#all) each.flush(); // nobody is inside of the engine but who asks
          this.#conductor.wake();
          return mayCome;
        },
        work: (budgetUs, nestedOnly) => {
          const slot = exports.work(budgetUs, nestedOnly);
          if (slot >= 0) this.#startedUs[slot] = this.#real.now();
          return slot;
        },
        startedAt: (index) => this.#startedAt(index, exports.statusAt(index)),
        finish: (index, status, tag, value, payload, length) => {
          if (!this.#abandoned) return exports.finish(index, status, tag, value, payload, length);
          if (length > 0) exports.freeBlock(payload, length);
          return LOST_RACE;
        },
      },
    };
  }

  #startedAt(slot: number, status: number): number {
    if (status === FREE || status === QUEUED || status === CANCELLED) return -1;
    const startedUs = status === RUNNING ? this.#startedUs[slot] : undefined; // ended a moment ago: as if it began now
    return startedUs ?? this.#real.now();
  }

  /** Handlers that are still running have lost their tasks: what they return is dropped. */
  abandon(): void {
    this.#abandoned = true;
  }
}
