/**
 * Explorer: runs a scenario under every schedule with at most so many preemptions (a switch away from a thread that could
 * go on), depth first, by replay. A state that was reached before with as many preemptions left is not explored again:
 * memory, globals, Asyncify stacks and the results seen are the whole state. Threads are switched only where they may meet.
 * What it proves and what it does not see: docs/testing.md
 */
import { READ, SharedWords, WRITE } from './access.ts';
import { Fingerprint } from './fingerprint.ts';
import { type ModelConfig, ModelMemory } from './memory.ts';
import { StepLog } from './step-log.ts';
import { type Call, type Kernel, type Program, type Role, VirtualThread } from './vthread.ts';

/** One run: programs in the order of the roles, and what must hold at the end. */
interface Run {
  readonly programs: readonly Program[];
  /** After the last step: nobody can go on. Throws when something is wrong. @param asleep threads that sleep */
  end(asleep: readonly number[]): void;
}

export interface Scenario {
  readonly config?: ModelConfig;
  readonly roles: readonly Role[];
  /** Threads that may die: each of their steps may be their last, and the others go on. */
  readonly mortal?: number | readonly number[];
  /** Before all runs, without interleaving. */
  setUp?(call: (thread: number, ...call: Call) => number, model: ModelMemory): void;
  /**
   * What a program does must follow from the results it has seen, what it reads through `model`, and `ended`.
   *
   * @param ended whether a thread is through, or dead
   */
  run(model: ModelMemory, ended: (thread: number) => boolean): Run;
}

export interface Bounds {
  readonly preemptions: number;
  readonly runs?: number;
  /** Switches threads before every access, whoever else touches the word. */
  readonly everywhere?: boolean;
  /** Receives a hash of every state in which nobody could go on. */
  readonly ends?: Set<number>;
}

export interface Report {
  readonly runs: number;
  readonly steps: number;
  readonly states: number;
  /** How often it began anew because threads turned out to share another word. */
  readonly restarts: number;
  /** All schedules within the bound were seen. */
  readonly complete: boolean;
  readonly failure?: string;
}

/** A run of more steps than this is a livelock. */
const MOST_STEPS = 4000;
const MOST_RUNS = 10_000_000;
/** Random runs beforehand, which find most shared words; every fourth stop is a switch. */
const WALKS = 64;
const SWITCH_EVERY = 4;

/** Where threads may be switched: which may go next, death last, and which of them is tried now. */
interface Choice {
  readonly options: readonly number[];
  /** A switch here is no preemption. */
  readonly free: boolean;
  /** Preemptions before. */
  readonly preemptions: number;
  at: number;
}

class Exploration implements Kernel {
  readonly words: SharedWords;
  readonly reduces: boolean;
  readonly mortals: ReadonlySet<number>;
  private readonly model: ModelMemory;
  private readonly threads: VirtualThread[];
  private readonly image: Int32Array;
  private readonly scenario: Scenario;
  private readonly bounds: Bounds;
  private readonly seen: Fingerprint;
  private readonly path: Choice[] = [];
  private walking = false;
  private random = 1;
  private current = -1;
  private depth = 0;
  private preemptions = 0;
  private log: StepLog | undefined;
  private steps = 0;
  private restarts = 0;

  constructor(module: WebAssembly.Module, scenario: Scenario, bounds: Bounds) {
    this.scenario = scenario;
    this.bounds = bounds;
    this.reduces = bounds.everywhere !== true;
    this.mortals = new Set([scenario.mortal ?? []].flat());
    const model = (this.model = new ModelMemory(scenario.config ?? {}, scenario.roles.length));
    this.words = new SharedWords(model.i32.length, scenario.roles.length);
    this.threads = scenario.roles.map((role, index) => new VirtualThread(module, model, index, role, this));
    scenario.setUp?.((thread, ...call) => this.thread(thread).invoke(call), model);
    for (const thread of this.threads) thread.keepAsStart();
    this.image = model.i32.slice();
    this.seen = new Fingerprint(model, this.image, this.words, this.threads);
    // A program that looks at the memory does so as part of its thread's step.
    model.observer = (word, writes) => {
      if (this.current < 0) return;
      this.words.touch(this.current, word, writes ? WRITE : READ);
      if (!writes) this.thread(this.current).see(model.i32[word] ?? 0);
    };
  }

  explore(): Report {
    this.walk();
    for (let runs = 1; ; ++runs) {
      const failure = this.runOnce();
      if (failure !== undefined) return this.report(runs, false, failure);
      if (runs >= (this.bounds.runs ?? MOST_RUNS)) return this.report(runs, false);
      if (this.words.haveChanged) this.restart();
      else if (!this.backtrack()) return this.report(runs, true);
    }
  }

  notify(address: number): void {
    this.threads.find(({ asleepOn }) => asleepOn === address)?.wake();
  }

  goesOn(index: number): boolean {
    if (this.walking) return this.nextRandom() % SWITCH_EVERY !== 0;
    const choice = this.path[this.depth];
    if (choice?.options[choice.at] !== index) return false;
    this.enter(choice, index);
    return true;
  }

  // Random schedules, whatever comes of them.
  private walk(): void {
    this.walking = true;
    for (let walks = 0; walks < WALKS; ++walks) this.runOnce();
    this.walking = false;
    this.words.learn();
    this.steps = 0;
  }

  private restart(): void {
    this.words.learn();
    this.path.length = 0;
    this.seen.forget();
    this.restarts += 1;
  }

  private report(runs: number, complete: boolean, failure?: string): Report {
    const { steps, restarts } = this;
    const report = { runs, steps, states: this.seen.size, restarts, complete };
    return failure === undefined ? report : { ...report, failure: this.describe(failure) };
  }

  private thread(index: number): VirtualThread {
    const thread = this.threads[index];
    if (thread === undefined) throw new Error(`expected a thread below ${String(this.threads.length)}`);
    return thread;
  }

  private restore(): void {
    const { i32 } = this.model;
    for (const word of this.words.written) i32[word] = this.image[word] ?? 0;
    this.current = -1;
    this.depth = 0;
    this.preemptions = 0;
  }

  /** @returns what went wrong */
  private runOnce(): string | undefined {
    this.restore();
    for (const thread of this.threads) thread.done = false; // a program may look at others before they have started
    const run = this.scenario.run(this.model, (thread) => this.thread(thread).done);
    try {
      this.threads.forEach((thread, i) => {
        const program = run.programs[i];
        if (program === undefined) throw new Error('expected a program for each role');
        this.current = i;
        thread.start(program);
      });
      this.current = -1;
      if (this.follow()) {
        this.current = -1;
        if (!this.walking) this.bounds.ends?.add(this.seen.hash(-1));
        run.end(this.threads.filter(({ asleepOn }) => asleepOn >= 0).map(({ index }) => index));
      }
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  // Runs it once more, to tell what was done in which order.
  private describe(failure: string): string {
    this.log = new StepLog();
    this.runOnce();
    const traces = this.threads.map((thread) => `  ${String(thread.index)}: ${thread.trace()}`);
    return [failure, `schedule ${this.log.schedule()}`, ...traces, ...this.log.lines()].join('\n');
  }

  /** @returns false when it came to a state that was explored before */
  private follow(): boolean {
    for (;;) {
      if (this.depth >= MOST_STEPS) throw new Error(`expected an end within ${String(MOST_STEPS)} steps: livelock`);
      const choice = this.walking ? this.stroll() : (this.path[this.depth] ?? this.choose());
      if (choice === undefined) return false;
      const next = choice.options[choice.at];
      if (next === undefined) return true;
      this.enter(choice, next);
      if (next === this.threads.length) this.thread(this.current).die();
      else this.thread(next).resume();
    }
  }

  private enter(choice: Choice, next: number): void {
    this.depth += 1;
    this.steps += 1;
    this.preemptions = choice.preemptions;
    if (next === this.threads.length) this.log?.add(this.current, 'dies');
    else this.log?.add(next, this.thread(next).nextStep);
    if (next === this.threads.length || !this.thread(next).awaits) this.tellWhoAwaits(next);
    if (next === this.threads.length) return;
    if (this.thread(next).isMeeting) this.tell(next);
    if (next === this.current) return;
    if (!choice.free) this.preemptions += 1;
    this.current = next;
  }

  // What a thread does next may concern all others: those that paused may look again.
  private tell(index: number): void {
    for (const thread of this.threads) if (thread.index !== index) thread.waits = 0;
  }

  // They look at more than the memory: at who has ended, at what other programs have done.
  private tellWhoAwaits(index: number): void {
    for (const thread of this.threads) if (thread.index !== index && thread.awaits) thread.waits = 0;
  }

  private waits(index: number): boolean {
    const { paused, waits } = this.thread(index);
    return paused && waits > 0;
  }

  // A choice at a new state, none at one that was seen.
  private choose(): Choice | undefined {
    const ready = this.threads.filter((thread) => thread.ready).map(({ index }) => index);
    const current = ready.includes(this.current) ? this.thread(this.current) : undefined;
    const { preemptions } = this;
    if (ready.length === 0) return { options: [], free: true, preemptions, at: 0 };
    const free = current === undefined || current.paused;
    const left = this.bounds.preemptions - preemptions;
    if (!this.seen.add(this.lastOf(free, left), left)) return undefined;
    const options = current?.isPrivate === true ? [current.index] : this.options(ready, free, left);
    // A thread that does not run dies unseen: where it ran last is all that matters.
    if (current !== undefined && this.mortals.has(current.index) && current.isMortal) options.push(this.threads.length);
    const choice = { options, free, preemptions, at: 0 };
    this.path.push(choice);
    return choice;
  }

  // Without a bound it matters who ran last only if that one may die, or paused.
  private lastOf(free: boolean, left: number): number {
    if (left < Infinity || this.mortals.has(this.current)) return this.current;
    return free && this.threads.some(({ paused }) => paused) ? -2 : -1;
  }

  private options(ready: readonly number[], free: boolean, left: number): number[] {
    // A thread that paused waits for another to do something, if another can.
    if (!free) {
      const others = left > 0 ? ready.filter((index) => index !== this.current && !this.waits(index)) : [];
      return [this.current, ...others];
    }
    const active = ready.filter((index) => !this.thread(index).paused);
    if (active.length > 0) return active;
    // All pause: by turns, those first who may see something new.
    const least = Math.min(...ready.map((index) => this.thread(index).waits));
    return ready.filter((index) => this.thread(index).waits === least);
  }

  private stroll(): Choice | undefined {
    const ready = this.threads.filter((thread) => thread.ready).map(({ index }) => index);
    const options = this.options(ready, true, 0);
    if (this.mortals.has(this.current) && this.threads[this.current]?.isMortal === true)
      options.push(this.threads.length);
    return { options, free: true, preemptions: 0, at: this.nextRandom() % Math.max(options.length, 1) };
  }

  // xorshift32
  private nextRandom(): number {
    let x = this.random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.random = x;
    return x >>> 0;
  }

  private backtrack(): boolean {
    for (let last = this.path.at(-1); last !== undefined; last = this.path.at(-1)) {
      last.at += 1;
      if (last.at < last.options.length) return true;
      this.path.pop();
    }
    return false;
  }
}

export function explore(module: WebAssembly.Module, scenario: Scenario, bounds: Bounds): Report {
  return new Exploration(module, scenario, bounds).explore();
}
