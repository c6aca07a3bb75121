/**
 * Explorer: runs a scenario under every schedule with at most so many preemptions (a switch away from a thread that could
 * go on), depth first, by replay. A state that was reached before with as many preemptions left is not explored again:
 * memory, globals, Asyncify stacks and the results seen are the whole state.
 *
 * What it does not see: interleavings of plain accesses with anything (they run together with the atomic before them),
 * weak memory (WebAssembly's atomics have none), and time.
 */
import { Fingerprint } from './fingerprint.ts';
import { type ModelConfig, ModelMemory } from './memory.ts';
import { type Call, type Program, type Role, VirtualThread } from './vthread.ts';

/** One run: programs in the order of the roles, and what must hold at the end. */
interface Run {
  readonly programs: readonly Program[];
  /** After the last step: nobody can go on. Throws when something is wrong. @param asleep threads that sleep */
  end(asleep: readonly number[]): void;
}

export interface Scenario {
  readonly config?: ModelConfig;
  readonly roles: readonly Role[];
  /** A thread that may die: each of its steps may be its last, and the others go on. */
  readonly mortal?: number;
  /** Before all runs, without interleaving. */
  setUp?(call: (thread: number, ...call: Call) => number, model: ModelMemory): void;
  /** @param ended whether a thread is through, or dead */
  run(model: ModelMemory, ended: (thread: number) => boolean): Run;
}

export interface Bounds {
  readonly preemptions: number;
  readonly runs?: number;
}

export interface Report {
  readonly runs: number;
  readonly steps: number;
  readonly states: number;
  /** All schedules within the bound were seen. */
  readonly complete: boolean;
  readonly failure?: string;
}

/** A run of more steps than this is a livelock. */
const MOST_STEPS = 4000;

interface Choice {
  readonly options: number[];
  at: number;
}

class Exploration {
  private readonly model: ModelMemory;
  private readonly threads: VirtualThread[];
  private readonly image: Int32Array;
  private readonly scenario: Scenario;
  private readonly bounds: Bounds;
  private readonly seen: Fingerprint;
  private readonly path: Choice[] = [];
  private clock = 0;
  private steps = 0;

  constructor(module: WebAssembly.Module, scenario: Scenario, bounds: Bounds) {
    this.scenario = scenario;
    this.bounds = bounds;
    const model = (this.model = new ModelMemory(scenario.config ?? {}, scenario.roles.length));
    this.threads = scenario.roles.map(
      (role, index) =>
        new VirtualThread(module, model, index, role, {
          notify: (address) => this.threads.find(({ asleepOn }) => asleepOn === address)?.wake(),
          now: () => ++this.clock,
        }),
    );
    scenario.setUp?.((thread, ...call) => this.thread(thread).invoke(call), model);
    for (const thread of this.threads) thread.keepAsStart();
    this.image = model.i32.slice();
    this.seen = new Fingerprint(model, this.threads);
  }

  explore(): Report {
    const limit = this.bounds.runs ?? 2_000_000;
    let runs = 0;
    do {
      const failure = this.runOnce();
      runs += 1;
      if (failure !== undefined) return this.report(runs, false, failure);
      if (runs >= limit) return this.report(runs, false);
    } while (this.backtrack());
    return this.report(runs, true);
  }

  private report(runs: number, complete: boolean, failure?: string): Report {
    const report = { runs, steps: this.steps, states: this.seen.size, complete };
    return failure === undefined ? report : { ...report, failure };
  }

  private thread(index: number): VirtualThread {
    const thread = this.threads[index];
    if (thread === undefined) throw new Error(`expected a thread below ${String(this.threads.length)}`);
    return thread;
  }

  private restore(): void {
    const { i32, ranges } = this.model;
    for (const [begin, end] of ranges) i32.set(this.image.subarray(begin, end), begin);
    this.clock = 0;
  }

  /** @returns what went wrong */
  private runOnce(): string | undefined {
    this.restore();
    for (const thread of this.threads) thread.done = false; // a program may look at others before they have started
    const run = this.scenario.run(this.model, (thread) => this.thread(thread).done);
    const schedule: number[] = [];
    try {
      this.threads.forEach((thread, i) => {
        const program = run.programs[i];
        if (program === undefined) throw new Error('expected a program for each role');
        thread.start(program);
      });
      if (this.follow(schedule))
        run.end(this.threads.filter(({ asleepOn }) => asleepOn >= 0).map(({ index }) => index));
      return undefined;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const traces = this.threads.map((thread) => `  ${String(thread.index)}: ${thread.trace()}`);
      return [message, `schedule ${compress(schedule)}`, ...traces].join('\n');
    }
  }

  /** @returns false when it came to a state that was explored before */
  private follow(schedule: number[]): boolean {
    let current = -1;
    let preemptions = 0;
    for (let depth = 0; ; ++depth) {
      if (depth >= MOST_STEPS) throw new Error(`expected an end within ${String(MOST_STEPS)} steps: livelock`);
      const ready = this.threads.filter((thread) => thread.ready);
      if (ready.length === 0) return true;
      const free = this.mayLeave(current);
      let choice = this.path[depth];
      if (choice === undefined) {
        if (!this.seen.add(current, this.bounds.preemptions - preemptions, this.clock)) return false;
        choice = { options: this.options(ready, current, free, preemptions), at: 0 };
        this.path.push(choice);
      }
      const next = choice.options[choice.at] ?? 0;
      if (!free && next !== current && next !== this.threads.length) preemptions += 1;
      schedule.push(next);
      if (next === this.threads.length) {
        this.thread(current).die();
        for (const each of this.threads) each.idle = false;
        continue;
      }
      current = next;
      this.steps += 1;
      this.step(this.thread(next));
    }
  }

  private step(thread: VirtualThread): void {
    const awaited: boolean = thread.awaits;
    thread.resume();
    if (awaited && thread.awaits) thread.idle = true;
    else for (const each of this.threads) each.idle = false;
  }

  private mayLeave(current: number): boolean {
    if (current < 0) return true;
    const thread = this.thread(current);
    return !thread.ready || thread.paused;
  }

  private options(ready: VirtualThread[], current: number, free: boolean, preemptions: number): number[] {
    const indices = ready.map(({ index }) => index);
    // A thread that does not run dies unseen: where it ran last is all that matters.
    const deaths = current === this.scenario.mortal && indices.includes(current) ? [this.threads.length] : [];
    if (!free) {
      const others = preemptions < this.bounds.preemptions ? indices.filter((index) => index !== current) : [];
      return [current, ...others, ...deaths];
    }
    // A thread that paused waits for another to do something, if another can.
    const active = ready.filter(({ paused }) => !paused).map(({ index }) => index);
    return [...(active.length > 0 ? active : indices), ...deaths];
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

// 0 0 0 1 0 → 0×3 1 0
function compress(schedule: readonly number[]): string {
  const parts: { thread: number; steps: number }[] = [];
  for (const thread of schedule) {
    const last = parts.at(-1);
    if (last?.thread === thread) last.steps += 1;
    else parts.push({ thread, steps: 1 });
  }
  return parts
    .map(({ thread, steps }) => (steps === 1 ? String(thread) : `${String(thread)}×${String(steps)}`))
    .join(' ');
}

export function explore(module: WebAssembly.Module, scenario: Scenario, bounds: Bounds): Report {
  return new Exploration(module, scenario, bounds).explore();
}
