import { setImmediate as turn } from 'node:timers/promises';
import type { RunOptions } from '../../../src/client/run-options.ts';
import type { TaskId } from '../../../src/client/task-id.ts';
import type { TaskEngine } from '../../../src/scheduler/task-engine.ts';
import type { Call } from '../fuzz/call.ts';
import type { Family } from '../fuzz/tasks.ts';
import { codeOf, isOutOfRoom, isValueOf, type Outcome, outcomeOf, show } from '../fuzz/judge.ts';
import { Ledger } from './ledger.ts';
import type { Plan, Settings, Step, StepOptions } from './plan.ts';

/** With so much all payloads of a round find room. */
const AMPLE_POOL = 1 << 24;
const MOST_PROBLEMS = 20;

/** One task, and what may come of it. */
export interface Ask {
  readonly id: number;
  readonly task: string;
  readonly input: unknown;
  readonly options?: RunOptions;
  /** Its value must be this; undefined: it gives none. */
  readonly isValue: ((value: unknown) => boolean) | undefined;
  /** How else it may end, beside what may come to any task. */
  readonly codes: readonly string[];
  /** It needs room in the pool. */
  readonly hasPayload?: boolean;
  /** It is not accepted, and rejects with this. */
  readonly refusal?: string;
}

type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>;

/** Asks an engine for tasks, judges what comes of each, and keeps the books. */
export class Desk {
  readonly ledger = new Ledger();
  readonly problems: string[] = [];
  /** Runs that are allowed, by id. */
  readonly allowedRuns: Uint32Array;
  /** Handlers that gave a value: they have been run. */
  readonly succeeded: number[] = [];
  /** A close was asked for: nothing more is accepted. */
  isClosing = false;
  /** It may be, or become, a forced one: what was accepted may reject. */
  mayForce = false;
  /** Workers may be lost at any time. */
  mayLose = true;
  readonly #engine: TaskEngine;
  readonly #settings: Settings;
  readonly #pending = new Set<string>();
  #refusedPosts = 0;
  #asked = 0;

  constructor(engine: TaskEngine, { settings, ids }: Plan) {
    this.#engine = engine;
    this.#settings = settings;
    this.allowedRuns = new Uint32Array(ids);
    engine.on('taskError', ({ task, error }) => {
      this.#endPost(task, error);
    });
  }

  /** What has not settled. */
  get pending(): readonly string[] {
    return [...this.#pending];
  }

  complain(problem: string): void {
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(problem);
  }

  /** A step that does no harm. Resolves when it has settled. */
  async perform(step: Exclude<Step, StepOf<'fault'>>): Promise<void> {
    switch (step.kind) {
      case 'run':
        await this.ask(askOf(step.call, step.options));
        return;
      case 'post':
        await this.#post(step.call);
        return;
      case 'keep':
        await this.#keep(step);
        return;
      case 'runMany':
        await this.#runMany(step);
        return;
      case 'map':
        await this.#map(step);
        return;
    }
  }

  /** Runs one task and judges its end. */
  async ask(ask: Ask): Promise<Outcome> {
    const refusal = this.isClosing ? 'ERR_CLOSED' : ask.refusal;
    this.#allow(ask.id, ask.task, ask.input, refusal === undefined ? ask.options?.retry : -1);
    if (refusal === undefined) this.ledger.submitted += 1;
    return this.#await(ask, refusal, this.#engine.run(ask.task, ask.input, ask.options));
  }

  /** Runs a task of the fault campaign on each worker. @returns what they gave, undefined when it failed */
  async broadcast(id: number): Promise<readonly unknown[] | undefined> {
    const { workers, retry } = this.#settings;
    const refused = this.isClosing;
    if (!refused) {
      this.allowedRuns[id] = (this.allowedRuns[id] ?? 0) + workers * (1 + retry);
      this.ledger.submitted += workers;
    }
    const outcome = await this.#watch('broadcast', this.#engine.broadcast('touch', { id }));
    if ('value' in outcome && Array.isArray(outcome.value) && outcome.value.length === workers && !refused) {
      this.ledger.told.completed += workers;
      return outcome.value as readonly unknown[];
    }
    this.#endGroup('broadcast', workers, outcome, refused, true);
    return undefined;
  }

  async #await(ask: Ask, refusal: string | undefined, promise: Promise<unknown>): Promise<Outcome> {
    const what = `${ask.task} ${String(ask.id)}`;
    const outcome = await this.#watch(what, promise);
    if (refusal !== undefined) {
      if ('value' in outcome || codeOf(outcome.error) !== refusal) this.#wrong(what, outcome, refusal);
      return outcome;
    }
    if ('value' in outcome) {
      if (ask.isValue?.(outcome.value) !== true) this.#wrong(what, outcome, 'another value');
      this.ledger.end(undefined);
      if (!isKernel(ask.task)) this.succeeded.push(ask.id);
    } else this.#endWith(what, outcome, ask.codes, ask.hasPayload ?? false);
    return outcome;
  }

  async #watch(what: string, promise: Promise<unknown>): Promise<Outcome> {
    const key = `${what} (${String((this.#asked += 1))})`;
    this.#pending.add(key);
    const outcome = await outcomeOf(promise);
    this.#pending.delete(key);
    return outcome;
  }

  #endWith(what: string, outcome: { readonly error: unknown }, codes: readonly string[], hasPayload: boolean): void {
    const code = codeOf(outcome.error);
    if (code === undefined || !(codes.includes(code) || this.#mayHappen(code, outcome.error, hasPayload))) {
      this.#wrong(what, outcome, codes.join(', ') || 'no error');
    }
    if (code !== undefined) this.ledger.end(code);
  }

  #mayHappen(code: string, error: unknown, hasPayload: boolean): boolean {
    if (code === 'ERR_WORKER_LOST') return this.mayLose;
    if (code === 'ERR_CLOSED') return this.mayForce;
    const isSmall = hasPayload && this.#settings.poolBytes < AMPLE_POOL;
    return isSmall && (code === 'ERR_RESOURCE_EXHAUSTED' || isOutOfRoom(error));
  }

  #wrong(what: string, outcome: Outcome, expected: string): void {
    const came = 'value' in outcome ? `the value ${show(outcome.value)}` : show(outcome.error);
    this.complain(`${what}: expected ${expected}, got ${came}`);
  }

  // A nested task is run again with the task that asked for it.
  #allow(id: number, task: string, input: unknown, retry: number | undefined, times = 1): void {
    const runs = times * (1 + (retry ?? this.#settings.retry));
    this.allowedRuns[id] = runs;
    if (task !== 'nest' || runs === 0) return;
    for (const child of (input as Family).children) {
      const own = typeof child.input === 'number' ? child.input : (child.input as { readonly id?: number }).id;
      if (own !== undefined) this.#allow(own, child.task, child.input, undefined, runs);
    }
  }

  async #post(call: Call): Promise<void> {
    this.#allow(call.id, call.task, call.input, this.isClosing ? -1 : undefined);
    if (this.isClosing) this.#refusedPosts += 1;
    else {
      this.ledger.submitted += 1;
      this.ledger.posted += 1;
    }
    this.#engine.post(call.task, call.input);
    await turn();
  }

  #endPost(task: string, error: unknown): void {
    const code = codeOf(error);
    if (code === 'ERR_CLOSED' && this.#refusedPosts > 0) {
      this.#refusedPosts -= 1;
      return;
    }
    if (code === undefined || !this.#mayHappen(code, error, true)) this.complain(`post of ${task}: ${show(error)}`);
    if (code !== undefined) this.ledger.endPosted(code);
  }

  async #keep({ id, releases }: StepOf<'keep'>): Promise<void> {
    this.#allow(id, 'double', id, undefined);
    let task: TaskId;
    try {
      task = this.#engine.submitTask(this.#engine.taskType('double'), id);
    } catch (error) {
      const code = codeOf(error);
      if (code !== (this.isClosing ? 'ERR_CLOSED' : 'ERR_QUEUE_FULL')) this.complain(`keep: ${show(error)}`);
      await turn(); // there is no queue for those: a full slab is a refusal
      return;
    }
    this.ledger.submitted += 1;
    if (releases) {
      this.ledger.untold += 1;
      this.#engine.release(task);
      await turn();
      return;
    }
    const ask = { id, task: 'double', input: id, isValue: (value: unknown) => value === 2 * id, codes: [] };
    await this.#await(ask, undefined, this.#engine.wait(task));
  }

  async #runMany({ calls, options }: StepOf<'runMany'>): Promise<void> {
    const refused = this.isClosing;
    for (const { id, task, input } of calls) this.#allow(id, task, input, refused ? -1 : options.retry);
    if (!refused) this.ledger.submitted += calls.length;
    const inputs = calls.map(({ input }) => input);
    const outcome = await this.#watch('runMany', this.#engine.runMany(calls[0]?.task ?? 'double', inputs, options));
    if ('value' in outcome && !refused) {
      this.#compareAll('runMany', calls, outcome.value);
      this.ledger.told.completed += calls.length;
    } else this.#endGroup('runMany', calls.length, outcome, refused, hasPayload(calls));
  }

  async #map({ calls, ordered, take }: StepOf<'map'>): Promise<void> {
    const concurrency = 4;
    const refused = this.isClosing;
    for (const { id, task, input } of calls) this.#allow(id, task, input, undefined);
    const inputs = calls.map(({ input }) => input);
    const values: unknown[] = [];
    const mapped = this.#engine.map(calls[0]?.task ?? 'double', inputs, { ordered, concurrency });
    const outcome = await this.#watch('map', consume(mapped, take, values));
    if (ordered) this.#compareAll('map', calls.slice(0, values.length), values);
    this.ledger.submitted += values.length;
    this.ledger.told.completed += values.length;
    const rest = calls.length - values.length;
    const isComplete = 'value' in outcome && values.length >= Math.min(take, calls.length);
    if (!isComplete && !('error' in outcome)) this.complain(`map: ${String(values.length)} of ${String(calls.length)}`);
    if ('error' in outcome) {
      const code = codeOf(outcome.error);
      // An item that was pulled after the close was refused.
      const isRefusal = code === 'ERR_CLOSED' && this.isClosing;
      if (!isRefusal) {
        this.ledger.submitted += 1;
        this.#endWith('map', outcome, [], hasPayload(calls));
      }
    } else if (refused) this.complain('map: accepted after close');
    if (!refused) this.ledger.doubtful += Math.min(rest, concurrency);
  }

  #compareAll(what: string, calls: readonly Call[], values: unknown): void {
    if (!Array.isArray(values) || values.length !== calls.length) {
      this.complain(`${what}: expected ${String(calls.length)} values, got ${show(values)}`);
      return;
    }
    for (const [position, call] of calls.entries()) {
      const value: unknown = values[position];
      if (isValueOf(call, value)) continue;
      this.complain(`${what} of ${call.task} ${String(call.id)}: expected ${show(call.value)}, got ${show(value)}`);
    }
  }

  #endGroup(what: string, size: number, outcome: Outcome, refused: boolean, payload: boolean): void {
    if (refused || 'value' in outcome) {
      if ('value' in outcome || codeOf(outcome.error) !== 'ERR_CLOSED') this.#wrong(what, outcome, 'ERR_CLOSED');
      return;
    }
    this.#endWith(what, outcome, [], payload);
    this.ledger.untold += size - 1;
  }
}

/** An ordinary call: it gives its value. */
function askOf(call: Call, options: StepOptions): Ask {
  const { id, task, input } = call;
  return {
    id,
    task,
    input,
    options,
    isValue: (value) => isValueOf(call, value),
    codes: [],
    hasPayload: call.hasPayload,
  };
}

function isKernel(task: string): boolean {
  return ['square', 'spinUntilCancelled', 'sumBytes', 'reverse'].includes(task);
}

function hasPayload(calls: readonly Call[]): boolean {
  return calls.some((call) => call.hasPayload);
}

async function consume(mapped: AsyncIterable<unknown>, take: number, values: unknown[]): Promise<void> {
  if (take === 0) return;
  for await (const value of mapped) {
    values.push(value);
    if (values.length === take) return;
  }
}
