/**
 * Virtual thread: one instance of the model build over the scenario's memory, which can be suspended by Asyncify before any
 * access. Its whole state is its globals, its Asyncify stack, and the results its program has seen, so it can be put back to
 * its start.
 */
import { PLAIN, type SharedWords, WIDE, WRITE, accessText } from './access.ts';
import { foldValue, GLOBAL_PREFIX, valueOf } from './globals.ts';
import { MODEL_KERNEL, type ModelMemory } from './memory.ts';

/** A call of an export: name, then arguments. */
export type Call = readonly [name: string, ...args: number[]];
/**
 * What a thread does: yields calls, receives their results. `['pause']` lets another thread run, if one can. `['await']` waits for
 * another to do something, then looks at its condition again: a program that awaits on is in the same state as before.
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
  /** Whether the running thread takes the next step, too. False suspends it. */
  goesOn(thread: number): boolean;
  readonly words: SharedWords;
  /** Stops only where threads may meet: before accesses of shared words, and before results that came later. */
  readonly reduces: boolean;
  /** Threads that may die, hence stop before every atomic. */
  readonly mortals: ReadonlySet<number>;
}

/** Where a thread stands between two steps. */
const AT = { access: 0, plain: 1, private: 2, sleep: 3, result: 4, pause: 5 } as const;

const PAUSE = 'pause';
const AWAIT = 'await';
/** So many accesses that only concern itself, and it stops all the same: it may wait for somebody. */
const MOST_PRIVATE = 300;
/** A program that makes more calls than this in a run makes no progress. */
const MOST_CALLS = 4000;
/** Of a trace, the last ones. */
const TRACED_CALLS = 30;

function isCallable(value: unknown): value is (...args: number[]) => number | undefined {
  return typeof value === 'function';
}

export class VirtualThread {
  readonly index: number;
  done = false;
  paused = false;
  /** So often it has paused and nobody has done anything since that it may see. */
  waits = 0;
  /** Address it sleeps on, −1 = it does not. */
  asleepOn = -1;
  private readonly model: ModelMemory;
  private readonly kernel: Kernel;
  private readonly exports: WebAssembly.Exports;
  private readonly globals: readonly WebAssembly.Global[];
  private readonly startRewind: (stack: number) => void;
  private readonly stopRewind: () => void;
  private readonly startUnwind: (stack: number) => void;
  private readonly stopUnwind: () => void;
  private readonly stack: number;
  private readonly stackEnd: number;
  private initial: (number | bigint)[] = [];
  private program: Program | undefined;
  private call: Call = [PAUSE];
  private result = 0;
  private mode: 'sequential' | 'starting' | 'running' | 'unwinding' | 'rewinding' = 'sequential';
  private at: number = AT.pause;
  /** Where the access goes that it stands before, and its kind. */
  private address = 0;
  private kind = 0;
  private meets = false;
  private wokenUp = false;
  /** Atomics since the last stop that were none of the others' business. */
  private unseen = 0;
  /** How many results and words of the memory its program has seen, and two hashes of them. */
  private sights = 0;
  private history = 0;
  private history2 = 0;
  private calls: (readonly [Call, number])[] = [];

  constructor(module: WebAssembly.Module, model: ModelMemory, index: number, role: Role, kernel: Kernel) {
    this.index = index;
    this.model = model;
    this.kernel = kernel;
    [this.stack, this.stackEnd] = model.stackOf(index);
    const instance = new WebAssembly.Instance(module, {
      env: { memory: model.memory },
      clock: { now: () => this.now() },
      atomics: {
        modelStep: (address: number, kind: number) => {
          this.access(address, kind);
        },
        modelNotify: (address: number) => {
          if (this.access(address, WRITE)) kernel.notify(address);
        },
        modelWait: (address: number, expected: number) => this.wait(address, expected),
      },
    });
    this.exports = instance.exports;
    this.startRewind = this.function('asyncify_start_rewind');
    this.stopRewind = this.function('asyncify_stop_rewind');
    this.startUnwind = this.function('asyncify_start_unwind');
    this.stopUnwind = this.function('asyncify_stop_unwind');
    this.globals = this.globalsOfItsOwn();
    this.registerKernel();
    this.invoke(['attach', role.submitter, role.worker]);
  }

  // The kernel of all types that have one.
  private registerKernel(): void {
    const { table } = this.exports;
    if (!(table instanceof WebAssembly.Table)) throw new Error('expected the model build to export its table');
    if (table.length <= MODEL_KERNEL) table.grow(MODEL_KERNEL + 1 - table.length);
    table.set(MODEL_KERNEL, this.exports[this.model.kernel]);
  }

  /** A call without interleaving, to set a scenario up or to look at its end. */
  invoke([name, ...args]: Call): number {
    this.mode = 'sequential';
    return this.function(name)(...args) ?? 0;
  }

  /** The present state of the globals is where every run begins. */
  keepAsStart(): void {
    this.initial = this.globals.map(valueOf);
  }

  /** Called for a sleeper when its word is notified. */
  wake(): void {
    this.asleepOn = -1;
    this.wokenUp = true;
  }

  /** Back to the start, up to the first step of its program. */
  start(program: Program): void {
    this.globals.forEach((global, i) => {
      global.value = this.initial[i];
    });
    this.done = this.paused = this.wokenUp = false;
    this.waits = 0;
    this.asleepOn = -1;
    this.sights = this.history = this.history2 = this.unseen = 0;
    this.calls = [];
    this.program = program;
    this.mode = 'starting';
    if (this.next(program.next())) this.run();
  }

  /** One step: what it was suspended before, and everything up to the next stop. */
  resume(): void {
    const awaited: boolean = this.awaits;
    this.paused = false;
    if (this.at === AT.result || this.at === AT.pause) {
      const { sights, history, history2 } = this;
      this.mode = 'running';
      if (this.proceed(this.result)) this.run();
      else if (awaited && this.awaits) Object.assign(this, { sights, history, history2 }); // what it looked at changed nothing
      return;
    }
    this.startRewind(this.stack);
    this.mode = 'rewinding';
    this.run();
  }

  /** Its program has read this, which may change what it does. */
  see(value: number): void {
    this.sights += 1;
    const a = Math.imul((this.history ^ value) + 0x9e3779b9, 0x85ebca6b);
    this.history = a ^ (a >>> 13);
    const b = Math.imul(this.history2 + value + 0x165667b1, 0xc2b2ae35);
    this.history2 = b ^ (b >>> 15);
  }

  /** It runs no further, wherever it stands. */
  die(): void {
    this.calls.push([[`† ${this.call[0]}`, ...this.call.slice(1).map(Number)], NaN]);
    this.done = true;
  }

  get ready(): boolean {
    return !this.done && this.asleepOn < 0 && !(this.awaits && this.waits > 0);
  }

  /** Whether it waits for somebody to do something. */
  get awaits(): boolean {
    return this.paused && this.call[0] === AWAIT;
  }

  /** Whether it stands where only its own death matters to others. */
  get isPrivate(): boolean {
    return this.at === AT.private;
  }

  /** Whether its next step is an access that may meet one of another thread. */
  get isMeeting(): boolean {
    return this.meets && (this.at === AT.access || this.at === AT.plain);
  }

  /** Whether it may die where it stands: not among plain accesses, at which no runtime stops a thread. */
  get isMortal(): boolean {
    return this.ready && this.at !== AT.plain;
  }

  /** What it does next. */
  get nextStep(): string {
    if (this.at === AT.pause || this.at === AT.result) return this.at === AT.pause ? 'pause' : 'result';
    if (this.at === AT.sleep) return 'wake up';
    return accessText(this.address, this.kind, this.model);
  }

  /** Mixes its state into a hash function. */
  fold(mix: (word: number) => void): void {
    mix(this.sights);
    mix(this.history);
    mix(this.history2);
    for (const global of this.globals) foldValue(valueOf(global), mix);
    if (this.done) {
      mix(-1);
      return;
    }
    mix(this.at | (this.paused ? 8 : 0) | (this.wokenUp ? 16 : 0));
    mix(this.waits);
    mix(this.asleepOn);
    if (this.at === AT.result) mix(this.result);
    if (this.at === AT.result || this.at === AT.pause) return;
    const end = (this.model.i32[this.stack >> 2] ?? 0) >> 2;
    for (let at = (this.stack >> 2) + 2; at < end; ++at) mix(this.model.i32[at] ?? 0);
  }

  /** The calls it made and their results. */
  trace(): string {
    const pending = this.done ? [] : [`${this.call.join(' ')} …`];
    const skipped = this.calls.length > TRACED_CALLS ? [`… ${String(this.calls.length - TRACED_CALLS)} calls`] : [];
    const made = this.calls
      .slice(-TRACED_CALLS)
      .map(([call, result]) => (Number.isNaN(result) ? call.join(' ') : `${call.join(' ')} = ${String(result)}`));
    return [...skipped, ...made, ...pending].join(', ');
  }

  // All but the two in which Asyncify keeps what it is doing: they tell how the thread came here, not where it is.
  private globalsOfItsOwn(): WebAssembly.Global[] {
    const all = Object.entries(this.exports).flatMap(([name, value]) =>
      name.startsWith(GLOBAL_PREFIX) && value instanceof WebAssembly.Global ? [value] : [],
    );
    const before = all.map(valueOf);
    this.setStack();
    this.startUnwind(this.stack);
    const own = all.filter((global, i) => valueOf(global) === before[i]);
    this.stopUnwind();
    if (own.length !== all.length - 2) throw new Error('expected Asyncify to have two globals');
    return own;
  }

  private function(name: string): (...args: number[]) => number | undefined {
    const value = this.exports[name];
    if (!isCallable(value)) throw new Error(`expected an export of the model build, got ${name}`);
    return value;
  }

  private setStack(): void {
    this.model.i32[this.stack >> 2] = this.stack + 8;
    this.model.i32[(this.stack >> 2) + 1] = this.stackEnd;
  }

  // Called by imports. Returns true when the access is to happen now.
  private access(address: number, kind: number): boolean {
    if (this.mode === 'sequential') return true;
    if (this.mode === 'rewinding') {
      this.stopRewind();
      this.mode = 'running';
      return true;
    }
    const { words, reduces } = this.kernel;
    const word = address >>> 2;
    const wide = (kind & WIDE) !== 0;
    words.touch(this.index, word, kind);
    if (wide) words.touch(this.index, word + 1, kind);
    const meets = words.meets(this.index, word, kind) || (wide && words.meets(this.index, word + 1, kind));
    this.address = address;
    this.kind = kind;
    this.meets = meets;
    if (kind & PLAIN) return (reduces && !meets) || this.stop(AT.plain);
    return this.step(meets);
  }

  private step(meets: boolean): boolean {
    const { reduces, mortals } = this.kernel;
    if (meets || !reduces || this.mode === 'starting' || this.unseen >= MOST_PRIVATE) return this.stop(AT.access);
    this.unseen += 1;
    return !mortals.has(this.index) || this.stop(AT.private);
  }

  // A look at the clock takes its time, and is a step for that; what it tells is always the same moment.
  private now(): number {
    if (this.mode === 'rewinding') {
      this.stopRewind();
      this.mode = 'running';
    } else if (this.mode !== 'sequential') {
      this.address = 0;
      this.meets = false;
      this.step(false);
    }
    return 1;
  }

  private stop(at: number): boolean {
    if (at !== AT.private) this.unseen = 0;
    this.at = at;
    if (this.mode !== 'starting' && this.kernel.goesOn(this.index)) return true;
    this.setStack();
    this.startUnwind(this.stack);
    this.mode = 'unwinding';
    return false;
  }

  private wait(address: number, expected: number): number {
    const woken = this.mode === 'rewinding' && this.wokenUp;
    if (!this.access(address, WRITE)) return 0;
    if (woken) {
      this.wokenUp = false;
      return 0;
    }
    if (this.model.i32[address >> 2] !== expected) return 1;
    if (this.mode === 'sequential') throw new Error('expected no sleep while a scenario is set up');
    this.at = AT.sleep;
    this.unseen = 0;
    this.setStack();
    this.startUnwind(this.stack);
    this.mode = 'unwinding';
    this.asleepOn = address;
    return 0;
  }

  // Makes calls until it stops.
  private run(): void {
    for (;;) {
      const [name, ...args] = this.call;
      const result = this.function(name)(...args) ?? 0;
      if (this.mode === 'unwinding') {
        this.stopUnwind();
        return;
      }
      // What a program does with a result may be seen by other programs.
      if (this.unseen > 0) {
        this.unseen = 0;
        this.at = AT.result;
        this.result = result;
        if (!this.kernel.goesOn(this.index)) return;
      }
      if (!this.proceed(result)) return;
    }
  }

  // Gives a result to the program. Returns whether there is a call to make.
  private proceed(result: number): boolean {
    if (this.program === undefined) throw new Error('expected a program');
    if (this.call[0] === AWAIT) return this.next(this.program.next(result));
    this.see(result);
    this.calls.push([this.call, result]);
    if (this.calls.length >= MOST_CALLS)
      throw new Error(`expected an end within ${String(MOST_CALLS)} calls: livelock`);
    return this.next(this.program.next(result));
  }

  private next(next: IteratorResult<Call, void>): boolean {
    if (next.done === true) {
      this.done = true;
      return false;
    }
    this.call = next.value;
    if (next.value[0] !== PAUSE && next.value[0] !== AWAIT) return true;
    this.result = 0;
    this.paused = true;
    this.waits += 1;
    this.at = AT.pause;
    return false;
  }
}
