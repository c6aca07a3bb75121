import { setImmediate as turn } from 'node:timers/promises';
import type { CloseReport } from '../../../src/scheduler/events.ts';
import type { WorkStealingScheduler } from '../../../src/scheduler/scheduler.ts';
import type { TaskId } from '../../../src/client/task-id.ts';
import type { TaskErrorEvent } from '../../../src/worker/submitter.ts';
import { AttachedThread } from '../../support/attached-thread.ts';
import type { Call, CallOptions } from './call.ts';
import { describeEngine, leftovers, startEngine } from './engine.ts';
import { codeOf, Judge, type Outcome, outcomeOf, show } from './judge.ts';
import type { MapStep, Program, Step } from './program.ts';
import { later } from './values.ts';

/** A program takes a second or so; only a promise that never settles takes that long on any machine. */
const WATCHDOG_MS = 60_000;

/** A worker that is being replaced takes some hundred milliseconds until it comes across what was cancelled. */
const QUIET_WITHIN_MS = 10_000;

/** How a program went. */
export interface Report {
  readonly problems: readonly string[];
  readonly settled: number;
  /** Undefined when it did not come to an end. */
  readonly counts: CloseReport | undefined;
}

type LooseEngine = WorkStealingScheduler;

/** An attached thread, and what it was asked. */
interface AttachedUse {
  readonly thread: Promise<AttachedThread>;
  readonly asked: Promise<void>[];
}

/** One run of a program: asks, and judges what comes. */
export class Execution {
  readonly #program: Program;
  readonly #engine: LooseEngine;
  readonly #judge: Judge;
  readonly #runs: Int32Array;
  readonly #signals: readonly AbortController[];
  readonly #pending = new Map<string, Promise<void>>();
  readonly #threads = new Map<number, AttachedUse>();
  readonly #kept: TaskId[] = [];
  readonly #problems: string[] = [];
  /** Values that came, by the id of their task: it has run once. */
  readonly #succeeded: number[] = [];
  #posted = 0;
  #postErrors = 0;
  #settled = 0;
  #steps = 0;
  #closing: Promise<CloseReport> | undefined;
  readonly #onPostError = ({ task, error }: TaskErrorEvent): void => {
    this.#postErrors += 1;
    if (codeOf(error) === undefined) this.#problems.push(`post of ${task}: an error without a code: ${String(error)}`);
  };

  private constructor(program: Program, engine: LooseEngine, runs: Int32Array) {
    this.#program = program;
    this.#engine = engine;
    this.#runs = runs;
    this.#signals = Array.from({ length: program.signals }, () => new AbortController());
    this.#judge = new Judge(program, (signal) => this.#signals[signal]?.signal.aborted === true);
    for (const signal of this.#signals.slice(0, program.signals / 2)) signal.abort('before');
    engine.on('taskError', this.#onPostError);
  }

  /** Runs a program on an engine of its own, which it closes. Rejects only when that cannot be started. */
  static async run(program: Program): Promise<Report> {
    const runs = new Int32Array(new SharedArrayBuffer(4 * (program.ids + 1)));
    const engine = await startEngine(program.settings, runs);
    return new Execution(program, engine, runs).#run((execution) => execution.#end());
  }

  /** Runs a program that does not close its engine, on one that goes on. */
  static async runOn(engine: LooseEngine, program: Program, runs: Int32Array): Promise<Report> {
    runs.fill(0);
    const execution = new Execution(program, engine, runs);
    const report = await execution.#run(() => {
      const { completed, failed, cancelled, timedOut, lost } = engine.stats();
      return Promise.resolve({ completed, failed, cancelled, timedOut, lost, forced: false });
    });
    engine.off('taskError', execution.#onPostError);
    return report;
  }

  async #run(end: (execution: Execution) => Promise<CloseReport>): Promise<Report> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, WATCHDOG_MS, undefined);
    });
    const counts = await Promise.race([this.#runAll().then(() => end(this)), late]);
    clearTimeout(timer);
    if (counts === undefined) this.#problems.push(this.#describeHang());
    else this.#balance(counts);
    return { problems: this.#problems, settled: this.#settled, counts };
  }

  async #runAll(): Promise<void> {
    for (const step of this.#program.steps) {
      this.#steps += 1;
      await this.#perform(step);
    }
    await this.#settle();
    await Promise.all([...this.#threads.keys()].map((thread) => this.#detach(thread)));
    for (const id of this.#kept) this.#engine.release(id);
    if (this.#closing === undefined) await this.#quiet();
  }

  #end(): Promise<CloseReport> {
    return this.#close(true, Infinity);
  }

  async #perform(step: Step): Promise<void> {
    switch (step.kind) {
      case 'run':
        this.#expect(step.call, this.#engine.run(step.call.task, step.call.input, this.#optionsOf(step.call.options)));
        return;
      case 'exit':
        this.#judge.mayLose = true;
        this.#expect(step.call, this.#engine.run(step.call.task, step.call.input));
        return;
      case 'post':
        this.#posted += 1;
        this.#engine.post(step.call.task, step.call.input, this.#optionsOf(step.call.options));
        return;
      case 'broadcast':
        this.#broadcast(step.call);
        return;
      case 'runMany':
        this.#expectAll(step.calls, step.options, this.#runMany(step.calls, step.options));
        return;
      case 'map':
        this.#track('map', this.#map(step));
        return;
      case 'keep':
        this.#keep(step);
        return;
      case 'abort':
        this.#signals[step.signal]?.abort('during');
        return;
      case 'attach':
        if (!this.#threads.has(step.thread)) {
          this.#threads.set(step.thread, { thread: AttachedThread.start(this.#engine.attach()), asked: [] });
        }
        return;
      case 'detach':
        this.#track(`detach ${String(step.thread)}`, this.#detach(step.thread));
        return;
      case 'runAttached':
        this.#expectAttached(
          step.thread,
          (thread) => thread.ask('run', step.call.task, step.call.input),
          (outcome) => this.#judge.verdict(step.call, outcome),
        );
        return;
      case 'runManyAttached':
      case 'mapAttached': {
        const ask = step.kind === 'mapAttached' ? 'map' : 'runMany';
        const inputs = step.calls.map(({ input }) => input);
        this.#expectAttached(
          step.thread,
          (thread) => thread.ask(ask, step.calls[0]?.task ?? 'double', inputs),
          (outcome) => this.#judge.verdictOfAll(step.calls, undefined, outcome),
        );
        return;
      }
      case 'turn':
        await turn();
        return;
      case 'settle':
        await this.#settle();
        return;
      case 'drain':
        if (this.#closing === undefined) await this.#engine.drain();
        return;
      case 'stats':
        this.#lookAtStats();
        return;
      case 'close':
        this.#track(
          'close',
          this.#close(step.drain, step.timeoutMs).then(() => undefined),
        );
    }
  }

  #optionsOf(options: CallOptions | undefined): object | undefined {
    if (options === undefined) return undefined;
    const { signal, ...others } = options;
    return signal === undefined ? others : { ...others, signal: this.#signals[signal]?.signal };
  }

  #expect(call: Call, promise: Promise<unknown>): void {
    const what = `${call.task} ${String(call.id)}`;
    this.#track(
      what,
      outcomeOf(promise).then((outcome) => {
        if ('value' in outcome) this.#succeeded.push(call.id);
        this.#report(what, this.#judge.verdict(call, outcome), outcome);
      }),
    );
  }

  #expectAll(calls: readonly Call[], options: CallOptions | undefined, promise: Promise<unknown>): void {
    const what = `runMany of ${String(calls.length)}`;
    this.#track(
      what,
      outcomeOf(promise).then((outcome) => {
        this.#report(what, this.#judge.verdictOfAll(calls, options, outcome), outcome);
      }),
    );
  }

  #expectAttached(
    index: number,
    ask: (thread: AttachedThread) => Promise<unknown>,
    judge: (outcome: Outcome) => string | undefined,
  ): void {
    const use = this.#threads.get(index);
    if (use === undefined) return;
    const what = `thread ${String(index)}`;
    const done = outcomeOf(use.thread.then(ask)).then((outcome) => {
      this.#report(what, judge(outcome), outcome);
    });
    use.asked.push(done);
    this.#track(what, done);
  }

  #runMany(calls: readonly Call[], options: CallOptions | undefined): Promise<unknown> {
    const inputs = calls.map(({ input }) => input);
    return this.#engine.runMany(calls[0]?.task ?? 'double', inputs, this.#optionsOf(options));
  }

  #broadcast(call: Call): void {
    const { workers = 1 } = this.#program.settings;
    const calls = Array.from({ length: workers }, () => call);
    this.#runs[call.id] = -workers + 1; // each worker counts it: together once
    this.#expectAll(calls, undefined, this.#engine.broadcast(call.task, call.input));
  }

  async #map(step: MapStep): Promise<void> {
    const { calls, concurrency, ordered, take } = step;
    const inputs = calls.map(({ input }) => input);
    const items = step.asyncSource ? later(inputs) : inputs;
    const options = { ...this.#optionsOf(step.options), concurrency, ordered };
    const values: unknown[] = [];
    const outcome = await outcomeOf(
      this.#consume(this.#engine.map(calls[0]?.task ?? 'double', items, options), take, values),
    );
    if ('error' in outcome) {
      const hasPayload = calls.some((call) => call.hasPayload);
      this.#report('map', this.#judge.verdictOfError(outcome.error, step.options, hasPayload), outcome);
    } else if (ordered) {
      const expected = calls.slice(0, take);
      this.#report('map', this.#judge.verdictOfAll(expected, step.options, { value: values }), outcome);
    } else if (values.length !== Math.min(take, calls.length)) {
      this.#problems.push(`map: ${String(values.length)} results of ${String(calls.length)}`);
    }
  }

  async #consume(results: AsyncIterable<unknown>, take: number, values: unknown[]): Promise<void> {
    if (take === 0) return;
    for await (const value of results) {
      values.push(value);
      if (values.length === take) return;
    }
  }

  #keep({ id, priority, then }: Extract<Step, { kind: 'keep' }>): void {
    let task: TaskId;
    try {
      task = this.#engine.submitTask(this.#engine.taskType('double'), id, priority);
    } catch (error) {
      // There is no queue for those: a full slab is a refusal.
      const code = codeOf(error);
      if (code !== 'ERR_QUEUE_FULL' && !(code === 'ERR_CLOSED' && this.#judge.isClosing))
        this.#problems.push(`keep: ${String(error)}`);
      return;
    }
    if (then === 'leave') this.#kept.push(task);
    else if (then === 'release') this.#engine.release(task);
    else {
      if (then === 'poll') this.#engine.poll(task);
      const call: Call = {
        id,
        task: 'kept double',
        input: id,
        value: 2 * id,
        error: undefined,
        atMost: false,
        hasPayload: false,
        options: undefined,
      };
      this.#expect(call, this.#engine.wait(task));
    }
  }

  async #detach(index: number): Promise<void> {
    const use = this.#threads.get(index);
    if (use === undefined) return;
    this.#threads.delete(index);
    const thread = await use.thread;
    const detached = thread.ask('detach');
    this.#judge.isDetaching = true;
    await Promise.all([detached, ...use.asked]); // answers may still be under way when it has detached
    await thread.end();
  }

  #close(drain: boolean, timeoutMs: number): Promise<CloseReport> {
    this.#judge.isClosing = true;
    const closing = this.#engine.close({ drain, timeoutMs });
    this.#closing ??= closing;
    return closing;
  }

  #track(what: string, promise: Promise<void>): void {
    const key = `step ${String(this.#steps)}: ${what}`;
    const done = promise.then(
      () => {
        this.#settled += 1;
      },
      (error: unknown) => {
        this.#problems.push(`${key}: ${error instanceof Error ? String(error.stack) : String(error)}`);
      },
    );
    this.#pending.set(
      key,
      done.then(() => void this.#pending.delete(key)),
    );
  }

  async #settle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending.values());
  }

  #report(what: string, verdict: string | undefined, outcome: Outcome): void {
    if (verdict !== undefined)
      this.#problems.push(`${what}: ${verdict} ${'value' in outcome ? show(outcome.value) : ''}`);
  }

  #lookAtStats(): void {
    const { queued, running, poolBytesUsed, poolBytes, submitted, completed, failed, cancelled, timedOut, lost } =
      this.#engine.stats();
    const ended = completed + failed + cancelled + timedOut + lost;
    const wrong = [queued, running, poolBytesUsed, poolBytes - poolBytesUsed, submitted - ended].some(
      (count) => !(count >= 0),
    );
    if (wrong) this.#problems.push(`stats: ${JSON.stringify(this.#engine.stats())}`);
  }

  // Nothing is left of anything: no slot, no payload, no task.
  async #quiet(): Promise<void> {
    await this.#engine.drain();
    const left = (): string => leftovers(this.#engine);
    // Tasks that were cancelled while queued go when a worker comes across them.
    const end = performance.now() + QUIET_WITHIN_MS;
    while (left() !== '' && performance.now() < end) await turn();
    if (left() !== '') this.#problems.push(`left after drain(): ${left()}`);
  }

  #balance({ completed, failed, cancelled, timedOut, lost }: CloseReport): void {
    const { submitted } = this.#engine.stats();
    const ended = completed + failed + cancelled + timedOut + lost;
    if (ended !== submitted) this.#problems.push(`${String(submitted)} submitted, ${String(ended)} ended`);
    if (this.#postErrors > this.#posted)
      this.#problems.push(`${String(this.#postErrors)} errors of ${String(this.#posted)} posts`);
    for (const [id, runs] of this.#runs.subarray(0, this.#program.ids).entries())
      if (runs > 1) this.#problems.push(`task ${String(id)} ran ${String(runs)} times`);
    if (this.#judge.mayLose) return;
    for (const id of this.#succeeded) {
      if (this.#runs[id] === 0 && !this.#isKernel(id))
        this.#problems.push(`task ${String(id)} gave its value and never ran`);
    }
  }

  #isKernel(id: number): boolean {
    const kernels = ['square', 'spinUntilCancelled', 'sumBytes', 'reverse'];
    return this.#program.steps.some(
      (step) => 'call' in step && step.call.id === id && kernels.includes(step.call.task),
    );
  }

  #describeHang(): string {
    const steps = `${String(this.#steps)} of ${String(this.#program.steps.length)} steps`;
    return `after ${String(WATCHDOG_MS)} ms, ${steps}, these have not settled: ${[...this.#pending.keys()].join(', ')}\n${describeEngine(this.#engine)}`;
  }
}
