import type { BellOwner, Doorbell } from '../client/bell.ts';
import type { TaskTable } from '../client/task-type.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import type { ForeignTasks } from '../worker/foreign-tasks.ts';
import type { LoopDriver } from '../worker/loop-driver.ts';
import type { WorkerInit } from '../worker/messages.ts';
import type { Sleeper } from '../worker/sleep.ts';
import type { TaskModule } from '../worker/task-module.ts';
import { makeLoop } from '../worker/worker-loop.ts';
import type { Actor, Conductor } from './conductor.ts';

/** What a virtual worker is made of. */
export interface VirtualWorkerOptions {
  readonly init: WorkerInit;
  readonly engine: EngineInstance;
  readonly tasks: TaskTable;
  /** undefined: kernels only. */
  readonly module: TaskModule | undefined;
  /** undefined: kernels are in the module of the engine. */
  readonly foreign: ForeignTasks | undefined;
  /** Real time, for time limits of nested tasks. */
  readonly now: () => number;
  readonly conductor: Conductor;
}

/** A worker without a thread: the loop of one that has, given its turns by the conductor, each for one task at most. */
export class VirtualWorker implements Actor, LoopDriver, Sleeper {
  readonly index: number;
  /** Settles when it has stopped, with what `teardown` threw. */
  readonly stopped: Promise<unknown>;
  readonly promisesMs = 0;
  readonly busyMs = 0;
  readonly #conductor: Conductor;
  /** Of its nested tasks. */
  #client: BellOwner | undefined;
  /** Set when the loop wants to go on. */
  #turn: (() => void) | undefined;
  #wake: () => void = () => undefined;

  constructor({ init, engine, tasks, module, foreign, now, conductor }: VirtualWorkerOptions) {
    this.index = init.index;
    this.#conductor = conductor;
    this.stopped = new Promise((resolve) => {
      const onStop = (): void => {
        resolve(tearDown(module));
      };
      const bell = (owner: BellOwner): Doorbell => {
        this.#client = owner;
        return conductor.workerBell(owner);
      };
      makeLoop({ init, engine, tasks, module, foreign, now, bell, driver: this, onStop }).start();
    });
  }

  // As an actor

  act(): boolean {
    // A step of its own: what awaits them goes on before anybody else acts.
    if (this.#client !== undefined && this.#conductor.settle(this.#client)) return true;
    const turn = this.#turn ?? this.#wake;
    this.#turn = undefined;
    turn();
    return this.#hasTurn();
  }

  // As what drives the loop

  nextTurn(turn: () => void): void {
    this.#turn = turn;
    this.#conductor.wake();
  }

  sleepOf(_engine: EngineInstance, _worker: number, wake: () => void): Sleeper {
    this.#wake = wake;
    return this;
  }

  // As where it sleeps: nobody else runs meanwhile, so nobody has to be told

  park(): boolean {
    return true;
  }

  doze(): boolean {
    return true;
  }

  end(): void {
    // It sleeps nowhere.
  }

  #hasTurn(): boolean {
    return this.#turn !== undefined;
  }
}

/** @returns what it threw, if anything */
async function tearDown(module: TaskModule | undefined): Promise<unknown> {
  try {
    await module?.teardown?.();
    return undefined;
  } catch (error) {
    return error;
  }
}
