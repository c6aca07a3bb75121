import {
  ATTENTION_CANCEL,
  ATTENTION_DOOM,
  ATTENTION_DRAIN,
  DOOMED,
  IDLE,
  STOP,
  TURN,
  WORKER_PARKED,
  WORKER_STOPPED,
} from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import type { Client } from '../client/client.ts';
import { decodeInput } from '../client/outcome.ts';
import type { Runner } from '../client/runner.ts';
import type { RunOptions } from '../client/run-options.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import type { ForeignRunner } from './foreign-runner.ts';
import { EVENT_LOOP, type LoopDriver } from './loop-driver.ts';
import type { OutcomeWriter } from './outcome-writer.ts';
import type { Retiring } from './retirement.ts';
import { RunningMeans } from './running-means.ts';
import type { Sleeper } from './sleep.ts';
import { contextStorage } from './storage.ts';
import { type ContextOwner, TaskContext, type WorkerPlace } from './task-context.ts';
import type { Handler } from './task-module.ts';
import { TurnClock } from './turn-clock.ts';

/** What the loop works with. */
export interface HandlerLoopOptions {
  readonly engine: EngineInstance;
  readonly client: Client;
  readonly runner: Runner;
  /** By task type; undefined for kernels. */
  readonly handlers: readonly (Handler | undefined)[];
  /** Of a foreign module; undefined: there is none. */
  readonly foreign: ForeignRunner | undefined;
  readonly outcome: OutcomeWriter;
  readonly place: WorkerPlace;
  readonly concurrency: number;
  readonly onStop: () => void;
  /** Told that the worker is doomed and takes nothing new, then that nothing is left in its hands that could end. */
  readonly onDoom: (state: 'answered' | 'retired') => void;
  /** Told, before it stops, that a worker that retires has nothing left in its hands. */
  readonly onLeave: () => void;
  /** Told of an error of the loop itself, which has stopped for good. */
  readonly onBroken: (error: unknown) => void;
  /** @default the events of the thread */
  readonly driver?: LoopDriver | undefined;
}

/**
 * The life of a worker with handlers. It is driven by events: `pump` takes tasks until nothing is left, all places are
 * taken, or the event loop is due a turn; then a wake-up, a settled promise or the next turn calls it again.
 */
export class HandlerLoop implements ContextOwner, Retiring {
  readonly place: WorkerPlace;
  readonly #engine: EngineInstance;
  readonly #client: Client;
  readonly #runner: Runner;
  readonly #handlers: readonly (Handler | undefined)[];
  readonly #foreign: ForeignRunner | undefined;
  readonly #concurrency: number;
  readonly #onStop: () => void;
  readonly #onDoom: (state: 'answered' | 'retired') => void;
  readonly #onLeave: () => void;
  readonly #onBroken: (error: unknown) => void;
  readonly #outcome: OutcomeWriter;
  readonly #driver: LoopDriver;
  readonly #means: RunningMeans;
  readonly #sleep: Sleeper;
  readonly #turn: () => void;
  readonly #slabWords: number;
  readonly #currentWord: number;
  readonly #attentionWord: number;
  /** Asynchronous handlers in flight, and how many of them wait for nested tasks. */
  #running = 0;
  #lent = 0;
  #pumping = false;
  #turnScheduled = false;
  #stopped = false;
  #doom: 'none' | 'answered' | 'retired' = 'none';
  /** It is to stop when nothing is left in its hands. */
  #retiring = false;
  readonly #clock = new TurnClock();
  readonly #storage = contextStorage();
  readonly #aborts = new Map<TaskContext, AbortController>();

  constructor(options: HandlerLoopOptions) {
    const { engine, place } = options;
    this.place = place;
    this.#engine = engine;
    this.#client = options.client;
    this.#runner = options.runner;
    this.#handlers = options.handlers;
    this.#foreign = options.foreign;
    this.#concurrency = options.concurrency;
    this.#onStop = options.onStop;
    this.#onDoom = options.onDoom;
    this.#onLeave = options.onLeave;
    this.#onBroken = options.onBroken;
    this.#outcome = options.outcome;
    this.#driver = options.driver ?? EVENT_LOOP;
    this.#means = new RunningMeans(engine);
    this.#sleep = this.#driver.sleepOf(engine, place.index, () => {
      this.#beginTurn();
    });
    options.client.onIdle = () => {
      if (this.#retiring) this.#scheduleTurn(); // it may have waited for just that
    };
    this.#turn = () => {
      this.#turnScheduled = false;
      this.#beginTurn();
    };
    const block = (engine.u32[layout.HEADER_WORKER_BLOCKS >> 2] ?? 0) + place.index * layout.WORKER_BYTES;
    this.#currentWord = (block + layout.WORKER_CURRENT) >>> 2;
    this.#attentionWord = (block + layout.WORKER_ATTENTION) >>> 2;
    this.#slabWords = (engine.u32[layout.HEADER_SLAB >> 2] ?? 0) >>> 2;
  }

  /** Begins to take tasks. */
  start(): void {
    this.#beginTurn();
  }

  get isFull(): boolean {
    return this.#running >= this.#concurrency;
  }

  retire(): void {
    if (this.#stopped) return;
    this.#retiring = true;
    this.#sleep.end(); // off the roster
    this.#engine.exports.endSearch();
    this.#beginTurn();
  }

  stay(): boolean {
    if (this.#stopped) return false;
    this.#retiring = false;
    this.#beginTurn();
    return true;
  }

  isCancelRequested(slot: number): boolean {
    return this.#engine.exports.isCancelRequested(slot) === 1;
  }

  signalOf(context: TaskContext): AbortSignal {
    let controller = this.#aborts.get(context);
    if (controller === undefined) {
      controller = new AbortController();
      if (context.cancelled) controller.abort();
      this.#aborts.set(context, controller);
    }
    return controller.signal;
  }

  async runNested(
    context: TaskContext,
    name: string,
    input: unknown,
    options: RunOptions | undefined,
  ): Promise<unknown> {
    const result = this.#runner.run(name, input, options);
    if (context.nested === 0 && context.holdsPlace) this.#lent += 1;
    context.nested += 1;
    this.#scheduleTurn(); // the nested task may have to be run here
    try {
      return await result;
    } finally {
      context.nested -= 1;
      if (context.nested === 0 && context.holdsPlace) this.#lent -= 1;
    }
  }

  #beginTurn(): void {
    this.#clock.begin();
    this.#pump();
  }

  #scheduleTurn(): void {
    if (this.#turnScheduled || this.#stopped) return;
    this.#turnScheduled = true;
    this.#driver.nextTurn(this.#turn);
  }

  // A promise of a handler settled: go on in this microtask unless the loop is due a turn.
  #continue(): void {
    if (this.#clock.elapsedMs >= this.#driver.promisesMs) this.#scheduleTurn();
    else this.#pump();
  }

  #pump(): void {
    if (this.#pumping || this.#stopped) return;
    this.#pumping = true;
    try {
      this.#sleep.end();
      while (this.#step());
    } catch (error) {
      this.#break(error);
    }
    this.#pumping = false;
  }

  // Told rather than thrown: the user's module decides what an uncaught error does, and may keep this thread as it is.
  #break(error: unknown): void {
    this.#stopped = true;
    this.#onBroken(error);
  }

  // One task or one change of state. Returns false when the loop is to be called again by an event.
  #step(): boolean {
    this.#seeAlerts();
    if (this.#client.pending) this.#client.drain();
    const nestedOnly = this.isFull || this.#doom !== 'none' || this.#retiring;
    if (this.#doom !== 'none' && this.#seeRetired()) return false;
    if (this.#retiring && this.#seeRest()) return false;
    if (nestedOnly && this.#running - this.#lent >= this.#concurrency) return this.#dozeOrTurn();
    const code = this.#work(nestedOnly);
    if (code >= 0) {
      this.#runHandler(code);
      if (!this.#clock.isDue(this.#turnMs())) return true;
      this.#scheduleTurn();
      return false;
    }
    switch (code) {
      case DOOMED:
        this.#answer();
        return true;
      case STOP:
        this.#stopped = true;
        this.#onStop();
        return false;
      case IDLE:
        if (nestedOnly) return this.#dozeOrTurn();
        if (this.#running === 0 && this.#engine.exports.spin() === 1) return true;
        this.#engine.exports.becomeIdle(WORKER_PARKED);
        return !this.#sleep.park();
      case TURN:
      default:
        this.#scheduleTurn();
        return false;
    }
  }

  #answer(): void {
    this.#doom = 'answered';
    this.#onDoom('answered');
  }

  // Condemned tasks do not end any more; once no other is left, this worker waits for its end.
  #seeRetired(): boolean {
    if (this.#doom === 'retired') return true;
    if (this.#running > this.#engine.exports.condemnedOn(this.place.index)) return false;
    this.#doom = 'retired';
    this.#onDoom('retired');
    return true;
  }

  // Nothing of its own runs, nor does anything that it has asked for: nobody loses anything when it goes.
  #seeRest(): boolean {
    if (this.#running > 0 || this.#client.pending || this.#doom !== 'none') return false;
    this.#engine.exports.becomeIdle(WORKER_STOPPED);
    this.#stopped = true;
    this.#onLeave();
    this.#onStop();
    return true;
  }

  // All places are taken: only an alert, or a promise that settles in a later turn, changes anything.
  #dozeOrTurn(): false {
    if (!this.#sleep.doze()) this.#scheduleTurn();
    return false;
  }

  #work(nestedOnly: boolean): number {
    const budgetMs = this.#turnMs();
    try {
      return this.#engine.exports.work(budgetMs * 1000, nestedOnly ? 1 : 0);
    } catch (trap) {
      // Only kernels can trap here; the slot that was running is named in the worker block.
      this.#engine.exports.abandon();
      this.#outcome.fail(this.#engine.i32[this.#currentWord] ?? -1, trap);
      return TURN;
    }
  }

  #turnMs(): number {
    return this.#running > 0 ? this.#driver.promisesMs : this.#driver.busyMs;
  }

  #runHandler(slot: number): void {
    const { i32, u32, f64, buffer } = this.#engine;
    const word = this.#slabWords + slot * (layout.SLOT_BYTES >> 2);
    const type = i32[word + (layout.SLOT_TYPE >> 2)] ?? 0;
    if (this.#foreign?.run(slot, type) === true) return;
    const tag = (i32[word + (layout.SLOT_META >> 2)] ?? 0) & 255;
    const value = f64[(word + (layout.SLOT_VALUE >> 2)) >> 1] ?? NaN;
    let input: unknown = value;
    if (tag !== 0) {
      try {
        const offset = u32[word + (layout.SLOT_PAYLOAD >> 2)] ?? 0;
        input = decodeInput(tag, value, buffer, offset, u32[word + (layout.SLOT_LENGTH >> 2)] ?? 0);
      } catch (error) {
        this.#outcome.refuse(slot, error);
        return;
      }
    }
    const context = new TaskContext(this, slot);
    const beganMs = this.#means.begin(type);
    let result: unknown;
    let later: boolean;
    try {
      result = this.call(type, input, context);
      later = isThenable(result); // user code as well: a getter, a proxy
    } catch (error) {
      this.#end(context, type, beganMs);
      this.#outcome.fail(slot, error);
      return;
    }
    if (later) this.#awaitResult(context, result, type, beganMs);
    else {
      this.#end(context, type, beganMs);
      this.#outcome.finishWith(slot, result);
    }
  }

  /** Calls the handler of a task type. */
  call(type: number, input: unknown, context: TaskContext): unknown {
    const handler = this.#handlers[type];
    const storage = this.#storage;
    return storage === undefined ? handler?.(input, context) : storage.run(context, () => handler?.(input, context));
  }

  #awaitResult(context: TaskContext, result: unknown, type: number, beganMs: number): void {
    this.#running += 1;
    // Promise.resolve: a thenable that calls back twice, or throws, settles once all the same.
    Promise.resolve(result).then(
      (value) => {
        this.#settle(context, type, beganMs, true, value);
      },
      (error: unknown) => {
        this.#settle(context, type, beganMs, false, error);
      },
    );
  }

  #settle(context: TaskContext, type: number, beganMs: number, isDone: boolean, outcome: unknown): void {
    try {
      this.#end(context, type, beganMs);
      if (isDone) this.#outcome.finishWith(context.slot, outcome);
      else this.#outcome.fail(context.slot, outcome);
      this.#running -= 1;
      this.#continue();
    } catch (error) {
      this.#break(error);
    }
  }

  #end(context: TaskContext, type: number, beganMs: number): void {
    this.#means.end(type, beganMs);
    if (context.nested > 0 && context.holdsPlace) this.#lent -= 1; // it did not wait for them
    context.end();
    if (this.#aborts.size > 0) this.#aborts.delete(context);
  }

  #seeAlerts(): void {
    const attention = this.#engine.i32[this.#attentionWord] ?? 0;
    if ((attention & (ATTENTION_CANCEL | ATTENTION_DRAIN | ATTENTION_DOOM)) === 0) return;
    if ((attention & ATTENTION_DRAIN) !== 0) {
      Atomics.and(this.#engine.i32, this.#attentionWord, ~ATTENTION_DRAIN);
      this.#client.drain();
    }
    const mayBeDoomed = (attention & ATTENTION_DOOM) !== 0 && this.#doom === 'none';
    if (mayBeDoomed && this.#engine.exports.seesDoom() === 1) this.#answer();
    if ((attention & ATTENTION_CANCEL) === 0) return;
    Atomics.and(this.#engine.i32, this.#attentionWord, ~ATTENTION_CANCEL);
    for (const [context, controller] of this.#aborts) if (context.cancelled) controller.abort();
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
