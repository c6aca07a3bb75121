/**
 * Virtual thread: one instance of the model build over the scenario's memory, suspended by Asyncify before every atomic,
 * racy read, wait, notify and look at the clock. Its whole state is its globals, its Asyncify stack, and the results its
 * program has seen, so it can be put back to its start.
 */
import { GLOBAL_PREFIX } from './globals.ts';
import type { ModelMemory } from './memory.ts';

/** A call of an export: name, then arguments. */
export type Call = readonly [name: string, ...args: number[]];
/**
 * What a thread does: yields calls, receives their results. `['pause']` lets another thread run, if one can. `['await']`: it
 * looks at a condition again when another thread has done something; its program is in the same state before and after.
 */
export type Program = Generator<Call, void, number>;

export interface Role {
  readonly submitter: number;
  readonly worker: number;
}

/** What the explorer does for all threads. */
export interface Kernel {
  /** Wakes one thread that sleeps on the word. */
  notify(address: number): void;
  now(): number;
}

const PAUSE = 'pause';
const AWAIT = 'await';
/** Of a trace, the last ones. */
const MOST_CALLS = 30;

function isCallable(value: unknown): value is (...args: number[]) => number | undefined {
  return typeof value === 'function';
}

export class VirtualThread {
  readonly index: number;
  done = false;
  paused = false;
  /** It awaits something, and nobody has done anything since it looked. */
  idle = false;
  /** Address it sleeps on, −1 = it does not. */
  asleepOn = -1;
  /** Hash of all results its program has seen. */
  history = 0;
  private readonly model: ModelMemory;
  private readonly exports: WebAssembly.Exports;
  private readonly globals: WebAssembly.Global[];
  private initial: number[] = [];
  private program: Program | undefined;
  private call: Call = [PAUSE];
  private mode: 'sequential' | 'running' | 'unwinding' | 'rewinding' = 'sequential';
  private suspended = false;
  private wokenUp = false;
  private calls: string[] = [];

  constructor(module: WebAssembly.Module, model: ModelMemory, index: number, role: Role, kernel: Kernel) {
    this.index = index;
    this.model = model;
    const instance = new WebAssembly.Instance(module, {
      env: { memory: model.memory },
      clock: { now: () => (this.step() ? kernel.now() : 0) },
      atomics: {
        modelStep: () => this.step(),
        modelNotify: (address: number) => {
          if (this.step()) kernel.notify(address);
        },
        modelWait: (address: number, expected: number) => this.wait(address, expected),
      },
    });
    this.exports = instance.exports;
    this.globals = Object.entries(instance.exports).flatMap(([name, value]) =>
      name.startsWith(GLOBAL_PREFIX) && value instanceof WebAssembly.Global ? [value] : [],
    );
    this.invoke(['attach', role.submitter, role.worker]);
  }

  /** A call without interleaving, to set a scenario up or to look at its end. */
  invoke([name, ...args]: Call): number {
    this.mode = 'sequential';
    return this.function(name)(...args) ?? 0;
  }

  /** The present state of the globals is where every run begins. */
  keepAsStart(): void {
    this.initial = this.globals.map((global) => Number(global.value));
  }

  /** Called for a sleeper when its word is notified. */
  wake(): void {
    this.asleepOn = -1;
    this.wokenUp = true;
  }

  /** Back to the start, up to the first step of its program. */
  start(program: Program): void {
    this.globals.forEach((global, i) => {
      global.value = this.initial[i] ?? 0;
    });
    this.done = this.paused = this.idle = this.suspended = this.wokenUp = false;
    this.asleepOn = -1;
    this.history = 0;
    this.calls = [];
    this.program = program;
    this.advance(0, true);
  }

  /** One step: the access it is suspended before, and everything private up to the next. */
  resume(): void {
    this.paused = false;
    if (!this.suspended) {
      this.advance(0, false);
      return;
    }
    const [begin] = this.model.stackOf(this.index);
    this.function('asyncify_start_rewind')(begin);
    this.mode = 'rewinding';
    this.run();
  }

  /** It runs no further, wherever it stands. */
  die(): void {
    this.calls.push(`${this.call.join(' ')} †`);
    this.done = true;
    this.suspended = false;
  }

  /** Whether it looks at a condition and does nothing else. */
  get awaits(): boolean {
    return this.paused && this.call[0] === AWAIT;
  }

  get ready(): boolean {
    return !this.done && !this.idle && this.asleepOn < 0;
  }

  /** Mixes its state into a hash function. */
  fold(mix: (word: number) => void): void {
    mix(this.history);
    mix(
      (this.done ? 1 : 0) |
        (this.paused ? 2 : 0) |
        (this.suspended ? 4 : 0) |
        (this.wokenUp ? 8 : 0) |
        (this.idle ? 16 : 0),
    );
    mix(this.asleepOn);
    for (const global of this.globals) mix(Number(global.value) | 0);
    if (!this.suspended) return;
    const [begin] = this.model.stackOf(this.index);
    const end = this.model.word(begin) >> 2;
    for (let at = (begin >> 2) + 2; at < end; ++at) mix(this.model.i32[at] ?? 0);
  }

  /** The calls it made and their results. */
  trace(): string {
    const pending = this.done ? [] : [`${this.call.join(' ')} …`];
    const skipped = this.calls.length > MOST_CALLS ? [`… ${String(this.calls.length - MOST_CALLS)} calls`] : [];
    return [...skipped, ...this.calls.slice(-MOST_CALLS), ...pending].join(', ');
  }

  private function(name: string): (...args: number[]) => number | undefined {
    const value = this.exports[name];
    if (!isCallable(value)) throw new Error(`expected an export of the model build, got ${name}`);
    return value;
  }

  // Called by imports. Returns true when the access is to happen now.
  private step(): boolean {
    if (this.mode === 'sequential') return true;
    if (this.mode === 'rewinding') {
      this.function('asyncify_stop_rewind')();
      this.mode = 'running';
      return true;
    }
    const [begin, end] = this.model.stackOf(this.index);
    this.model.setWord(begin, begin + 8);
    this.model.setWord(begin + 4, end);
    this.function('asyncify_start_unwind')(begin);
    this.mode = 'unwinding';
    return false;
  }

  private wait(address: number, expected: number): number {
    const woken = this.mode === 'rewinding' && this.wokenUp;
    if (!this.step()) return 0;
    if (woken) {
      this.wokenUp = false;
      return 0;
    }
    if (this.model.word(address) !== expected) return 1;
    if (this.mode === 'sequential') throw new Error('expected no sleep while a scenario is set up');
    this.step(); // suspends again: asleep
    this.asleepOn = address;
    return 0;
  }

  private run(): void {
    const [name, ...args] = this.call;
    const result = this.function(name)(...args);
    if (this.mode === 'unwinding') {
      this.function('asyncify_stop_unwind')();
      this.suspended = true;
      return;
    }
    this.suspended = false;
    this.advance(result ?? 0, false);
  }

  // Gives a result to the program and runs its next call up to the first step.
  private advance(result: number, first: boolean): void {
    if (this.program === undefined) throw new Error('expected a program');
    if (!first && this.call[0] !== AWAIT) {
      this.history = (Math.imul(this.history ^ result, 0x9e3779b1) + 1) | 0;
      this.calls.push(`${this.call.join(' ')} = ${String(result)}`);
    }
    const next = this.program.next(result);
    if (next.done === true) {
      this.done = true;
      return;
    }
    this.call = next.value;
    if (next.value[0] === PAUSE || next.value[0] === AWAIT) {
      this.paused = true;
      return;
    }
    this.mode = 'running';
    this.run();
  }
}
