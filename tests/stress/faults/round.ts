import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { ProcessScheduler } from '../../../src/node-process/process-scheduler.ts';
import type { CloseReport } from '../../../src/scheduler/events.ts';
import type { EngineOptions } from '../../../src/scheduler/options.ts';
import { WorkStealingScheduler } from '../../../src/scheduler/scheduler.ts';
import type { TaskEngine } from '../../../src/scheduler/task-engine.ts';
import { auditMemory, isClean } from '../../support/audit.ts';
import { KERNELS } from '../../support/engines.ts';
import { until, within } from '../../support/until.ts';
import { Desk } from './desk.ts';
import { type Diary, newDiary } from './diary.ts';
import type { FaultKind } from './fault.ts';
import { inject, type Victim } from './injector.ts';
import type { Ended } from './ledger.ts';
import { Lifelines, processRecoveries } from './lifelines.ts';
import type { Plan, Settings, Step } from './plan.ts';
import type { Threads } from './threads.ts';

const TASKS = new URL('./tasks.js', import.meta.url);
/** A round takes seconds; only a promise that never settles takes that long on any machine. */
const WATCHDOG_MS = 90_000;
const QUIET_WITHIN_MS = 20_000;
/** Of workers with little memory, and of the others. */
const LITTLE_MIB = 24;
const AMPLE_MIB = 2048;
const CHECKS = 64;

/** How a round went. */
export interface RoundReport {
  readonly problems: readonly string[];
  readonly tasks: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly ended: Readonly<Record<Ended, number>>;
  /** Accepted, and nobody was told how they ended. */
  readonly untold: number;
  readonly losses: number;
  /** Milliseconds, by what was lost. */
  readonly recoveries: { readonly worker: readonly number[]; readonly process: readonly number[] };
  /** It did not come to an end: the process holds what is left of it. */
  readonly hangs: boolean;
}

/** One engine, from start to close. */
export class Round {
  readonly #plan: Plan;
  readonly #engine: TaskEngine;
  readonly #diary: Diary;
  readonly #threads: Threads;
  readonly #desk: Desk;
  readonly #victim: Victim;
  readonly #lines: Lifelines;
  readonly #memory: ArrayBufferLike | undefined;
  readonly #faults = new Map<FaultKind, number>();
  readonly #touches: Promise<unknown>[] = [];

  private constructor(
    plan: Plan,
    engine: TaskEngine,
    diary: Diary,
    threads: Threads,
    first: readonly number[],
    mark: number,
  ) {
    this.#plan = plan;
    this.#engine = engine;
    this.#diary = diary;
    this.#threads = threads;
    this.#desk = new Desk(engine, plan);
    this.#memory = plan.settings.isolation === 'thread' ? engine.attach().source.memory.buffer : undefined;
    this.#lines = new Lifelines(engine, first, () => {
      // So that the one in its place has something to do at once.
      if (plan.settings.groups) this.#touches.push(this.#desk.broadcast(0));
    });
    this.#victim = {
      desk: this.#desk,
      diary,
      threads,
      workers: () => threads.marked(mark),
      killed: new Map(),
      attach: () => engine.attach(),
    };
    engine.on('error', (error) => {
      this.#desk.complain(`the engine gave up: ${error.message}`);
    });
  }

  /** Rejects only when the engine cannot be started. */
  static async run(plan: Plan, threads: Threads): Promise<RoundReport> {
    const diary = newDiary(plan.ids, plan.settings.isolation);
    const mark = threads.nextMark(plan.settings.limits ? LITTLE_MIB : AMPLE_MIB);
    const engine = await startEngine(plan.settings, diary, mark);
    const first = (await engine.broadcast('touch', { id: 0 })) as number[];
    const round = new Round(plan, engine, diary, threads, first, mark);
    round.#desk.ledger.submitted += first.length;
    round.#desk.ledger.told.completed += first.length;
    return round.#run();
  }

  async #run(): Promise<RoundReport> {
    let hangs = false;
    try {
      await within(this.#runAll(), 'the round to end', WATCHDOG_MS);
    } catch (error) {
      hangs = true;
      this.#desk.complain(`${String(error)}\n${this.#describe()}`);
    }
    const { ledger, problems } = this.#desk;
    const isProcess = this.#memory === undefined;
    const report: RoundReport = {
      problems,
      tasks: ledger.submitted,
      faults: this.#faults,
      ended: { ...ledger.told, completed: ledger.told.completed + ledger.posted },
      untold: ledger.untold,
      losses: this.#lines.losses,
      recoveries: {
        worker: isProcess || !this.#isMeasured ? [] : this.#lines.recoveries(this.#diary, this.#threads),
        process: processRecoveries(this.#diary, this.#victim.killed),
      },
      hangs,
    };
    this.#diary.close();
    return report;
  }

  // Whether the one in the place of a lost worker has work at once: it is alone, or it is sent some.
  get #isMeasured(): boolean {
    return this.#plan.settings.workers === 1 || this.#plan.settings.groups;
  }

  async #runAll(): Promise<void> {
    await this.#runSteps();
    await this.#quiet();
    this.#compare('in between', this.#engine.stats());
    await this.#works();
    await this.#close();
    this.#checkRuns();
  }

  // So many steps at once, each lane one after the other.
  async #runSteps(): Promise<void> {
    const { steps, settings } = this.#plan;
    const left = steps.values();
    const lane = async (): Promise<void> => {
      for (const step of left) await this.#perform(step);
    };
    await Promise.all(Array.from({ length: settings.lanes }, lane));
  }

  async #perform(step: Step): Promise<void> {
    if (step.kind !== 'fault') return this.#desk.perform(step);
    try {
      if (await inject(step.fault, this.#victim)) this.#count(step.fault.kind);
    } catch (error) {
      this.#desk.complain(`${step.fault.kind}: ${String(error)}`);
    }
  }

  #count(kind: FaultKind): void {
    this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
  }

  // Nothing is left of anything; whoever was to die has died, and its place is taken.
  async #quiet(): Promise<void> {
    await this.#engine.drain();
    while (this.#touches.length > 0) await this.#touches.shift();
    await this.#engine.drain();
    try {
      await until(() => this.#leftovers() === '', 'a quiet engine', QUIET_WITHIN_MS);
    } catch {
      this.#desk.complain(`left after drain(): ${this.#leftovers()}`);
    }
  }

  #leftovers(): string {
    const { queued, running, poolBytesUsed, workers } = this.#engine.stats();
    const audit = this.#memory === undefined ? undefined : auditMemory(this.#memory);
    const isStarting = workers.some(({ state }) => state === 'starting');
    const isDead = this.#memory !== undefined && this.#lines.threads.some((thread) => !this.#threads.isAlive(thread));
    const isQuiet = queued + running + poolBytesUsed === 0 && !isStarting && !isDead;
    if (isQuiet && (audit === undefined || isClean(audit))) return '';
    return JSON.stringify({ queued, running, poolBytesUsed, isStarting, isDead, ...audit });
  }

  // After all that has been done to it.
  async #works(): Promise<void> {
    const { limits, isolation, workers } = this.#plan.settings;
    const desk = this.#desk;
    desk.mayLose = limits || isolation === 'process';
    const values = await desk.broadcast(0);
    if (values !== undefined && isolation === 'thread' && values.join() !== this.#lines.threads.join())
      desk.complain(`threads ${values.join()} answered, expected ${this.#lines.threads.join()}`);
    const steps = Array.from({ length: CHECKS * workers }, () =>
      desk.ask({ id: 0, task: 'double', input: 0, isValue: (value) => value === 0, codes: [] }),
    );
    await Promise.all(steps);
    desk.mayLose = true;
    await this.#quiet();
  }

  async #close(): Promise<void> {
    const { tail, ending, seed } = this.#plan;
    const desk = this.#desk;
    desk.mayForce = ending !== 'close: quiet' && ending !== 'close: drained under load';
    const asked = tail.map((step) => this.#perform(step));
    if (desk.mayForce) asked.push(this.#spin());
    for (let turns = seed % 8; turns > 0; --turns) await turn();
    const closing = this.#engine.close(closeOptions(this.#plan));
    desk.isClosing = true;
    asked.push(this.#askLate());
    if (ending === 'close: while closing') {
      await delay(seed % 20);
      await this.#engine.close({ drain: false });
    }
    const report = await closing;
    await Promise.all([...asked, ...this.#touches]);
    this.#count(ending);
    asked.push(this.#askLate());
    await Promise.all(asked);
    if (report.forced !== desk.mayForce && !desk.mayForce) desk.complain('a close that was to drain was forced');
    if ((await this.#engine.close()) !== report) desk.complain('another close() gave another report');
    this.#compare('closed', report);
    await this.#isGone(report);
  }

  // Does not end by itself.
  async #spin(): Promise<void> {
    await this.#desk.ask({ id: 0, task: 'spin', input: { id: 0 }, isValue: undefined, codes: ['ERR_CLOSED'] });
  }

  async #askLate(): Promise<void> {
    await this.#desk.ask({ id: 0, task: 'double', input: 0, isValue: undefined, codes: [] });
  }

  async #isGone({ forced }: CloseReport): Promise<void> {
    const desk = this.#desk;
    if (this.#memory === undefined) return;
    const threads = this.#lines.threads;
    await until(() => !threads.some((thread) => this.#threads.isAlive(thread)), 'threads of a closed engine to exit');
    const audit = auditMemory(this.#memory);
    // What was queued stays there when nobody takes it out any more.
    if (forced ? audit.doubles !== 0 : !isClean(audit)) desk.complain(`left after close(): ${JSON.stringify(audit)}`);
  }

  #compare(when: string, counts: Omit<CloseReport, 'forced'>): void {
    const { ledger } = this.#desk;
    for (const problem of ledger.compare(counts, this.#engine.stats().submitted))
      this.#desk.complain(`${when}: ${problem}`);
    const most = this.#lines.losses * this.#plan.settings.concurrency;
    if (this.#memory !== undefined && counts.lost > most && !this.#desk.isClosing)
      this.#desk.complain(`${when}: ${String(counts.lost)} tasks lost with ${String(this.#lines.losses)} workers`);
  }

  #checkRuns(): void {
    const desk = this.#desk;
    const runs = this.#diary.runs();
    for (const [id, allowed] of desk.allowedRuns.entries()) {
      const times = runs[id] ?? 0;
      if (id > 0 && times > allowed)
        desk.complain(`task ${String(id)} ran ${String(times)} times, ${String(allowed)} allowed`);
    }
    for (const id of desk.succeeded)
      if (runs[id] === 0) desk.complain(`task ${String(id)} gave its value and never ran`);
  }

  #describe(): string {
    return `${JSON.stringify(this.#engine.stats())}\nnot settled: ${this.#desk.pending.slice(0, 20).join(', ')}`;
  }
}

function startEngine(settings: Settings, diary: Diary, mark: number): Promise<TaskEngine> {
  const { workers, concurrency, capacity, poolBytes, retry, kernels, isolation } = settings;
  const options: EngineOptions = {
    tasks: TASKS,
    ...(kernels ? { kernels: KERNELS } : {}),
    resourceLimits: { maxOldGenerationSizeMb: mark },
    workers,
    concurrency,
    capacity,
    retry,
    memory: { poolBytes },
    workerData: diary.handle,
  };
  return isolation === 'process'
    ? ProcessScheduler.start({ ...options, isolation })
    : WorkStealingScheduler.start(options);
}

function closeOptions({ ending, seed }: Plan): { drain?: boolean; timeoutMs?: number } {
  if (ending === 'close: forced under load') return { drain: false };
  return ending === 'close: out of time' ? { timeoutMs: seed % 20 } : {};
}
