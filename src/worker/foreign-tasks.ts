import { WorkStealingError } from '../base/errors.ts';
import type { EngineSource } from '../wasm/engine.ts';
import { ForeignInstance } from '../wasm/foreign-instance.ts';

/** The tasks of a foreign module in one worker: an instance of it, and another one after each that has failed. */
export class ForeignTasks {
  /** They are the first types. */
  readonly count: number;
  readonly #module: WebAssembly.Module;
  readonly #names: readonly string[];
  #instance: ForeignInstance | undefined;

  private constructor(module: WebAssembly.Module, names: readonly string[]) {
    this.#module = module;
    this.#names = names;
    this.count = names.length;
  }

  /** @returns undefined when there is no foreign module. @throws WorkStealingError ERR_MODULE_LOAD */
  static load({ foreign, kernels }: EngineSource): ForeignTasks | undefined {
    if (foreign === undefined) return undefined;
    const tasks = new ForeignTasks(foreign, kernels);
    try {
      tasks.#instance = tasks.#start();
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new WorkStealingError(
        'ERR_MODULE_LOAD',
        `expected a foreign module that starts in a worker, but its start function or _initialize failed, or there is no room ` +
          `for its memory: ${message}`,
        { cause },
      );
    }
    return tasks;
  }

  /** As of `ForeignInstance`; each call that throws is the last one of its instance. */
  call(type: number, tag: number, number: number, payload: Buffer, offset: number, length: number): number {
    const instance = this.#instance ?? this.#start();
    this.#instance = undefined; // if it throws
    const result = instance.call(type, tag, number, payload, offset, length);
    this.#instance = instance;
    return result;
  }

  /** Of the last call that did not throw: to be copied before the next one. */
  get result(): Uint8Array {
    return this.#instance?.result ?? new Uint8Array(0);
  }

  #start(): ForeignInstance {
    return new ForeignInstance(this.#module, this.#names);
  }
}
