import { setImmediate } from '../base/timers.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import { Sleep, type Sleeper } from './sleep.ts';

/** What makes a loop go on, and where it sleeps. */
export interface LoopDriver {
  /** How long the event loop may wait for a turn while promises of handlers are in flight. */
  readonly promisesMs: number;
  /** And otherwise. 0 of both: a turn after each task. */
  readonly busyMs: number;
  /** Calls `turn` later. */
  nextTurn(turn: () => void): void;
  /** @param wake called in a turn of its own after a notification */
  sleepOf(engine: EngineInstance, worker: number, wake: () => void): Sleeper;
}

/** The events of a thread. */
export const EVENT_LOOP: LoopDriver = {
  promisesMs: 1,
  busyMs: 10,
  nextTurn: (turn) => {
    setImmediate(turn);
  },
  sleepOf: (engine, worker, wake) => new Sleep(engine, worker, wake),
};
