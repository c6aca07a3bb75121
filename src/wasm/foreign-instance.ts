import { bare } from '../base/given.ts';
import { Tag } from '../codec/tags.ts';

type Allocate = (length: number) => number;
type Body = (pointer: number, length: number) => number;

/** A number travels as an f64. */
const NUMBER_BYTES = 8;
/** Inputs up to so many bytes are copied one by one. A guess. */
const LOOP_BYTES = 128;

/** An instance of a foreign module. What it throws leaves it in a state that nobody knows: it is not to be called again. */
export class ForeignInstance {
  readonly #memory: WebAssembly.Memory;
  readonly #allocate: Allocate;
  /** By task type. */
  readonly #bodies: readonly Body[];
  /** All of its memory, as long as that has not grown. */
  #bytes: Buffer;
  #resultStart = 0;
  #resultEnd = 0;

  /** Runs its start function, and `_initialize` if it has one. @throws what they throw, RangeError when there is no room for it */
  constructor(module: WebAssembly.Module, names: readonly string[]) {
    const { exports } = new WebAssembly.Instance(module, bare({}));
    // Checked when the module was compiled (foreign-module.ts).
    this.#memory = exports['memory'] as WebAssembly.Memory;
    this.#allocate = exports['alloc'] as Allocate;
    this.#bodies = names.map((name) => exports[name] as Body);
    (exports['_initialize'] as (() => void) | undefined)?.();
    this.#bytes = Buffer.from(this.#memory.buffer);
  }

  /**
   * Copies an input in and runs a task.
   *
   * @param payload where the bytes of the input stand, unless its tag is that of a number
   * @returns bytes of the result; negative: its error code
   * @throws its trap, or an Error for what points outside of its memory
   */
  call(type: number, tag: number, number: number, payload: Buffer, offset: number, length: number): number {
    const isNumber = tag === Tag.Number;
    const size = isNumber ? NUMBER_BYTES : length;
    const pointer = this.#allocate(size) >>> 0;
    const bytes = this.#view();
    if (pointer === 0 || pointer + size > bytes.length) throw badRoom(size, pointer, bytes.length);
    if (isNumber) bytes.writeDoubleLE(number, pointer);
    else copyIn(bytes, pointer, payload, offset, length);
    const result = this.#bodies[type]?.(pointer, size) ?? 0;
    if (result < 0) return result;
    const end = pointer + result;
    const memoryBytes = this.#view().length;
    if (end > memoryBytes) throw badResult(result, pointer, memoryBytes);
    this.#resultStart = pointer;
    this.#resultEnd = end;
    return result;
  }

  /** Of the last call, in its memory: to be copied before the next one. */
  get result(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, this.#resultStart, this.#resultEnd - this.#resultStart);
  }

  #view(): Buffer {
    const { buffer } = this.#memory;
    if (this.#bytes.buffer !== buffer) this.#bytes = Buffer.from(buffer);
    return this.#bytes;
  }
}

// A few bytes are there before a call of the runtime, or a view, would be made for them.
function copyIn(bytes: Buffer, at: number, payload: Buffer, offset: number, length: number): void {
  if (length > LOOP_BYTES) payload.copy(bytes, at, offset, offset + length);
  else for (let i = 0; i < length; ++i) bytes[at + i] = payload[offset + i] ?? 0;
}

function badRoom(size: number, pointer: number, memoryBytes: number): Error {
  const got = pointer === 0 ? '0, as when it has no room' : String(pointer);
  return new RangeError(
    `expected alloc(${String(size)}) to give the address of so many bytes in its memory of ${String(memoryBytes)}, got ${got}: ` +
      'mend alloc, or raise memory.foreignBytes if its memory may not grow any more',
  );
}

function badResult(length: number, pointer: number, memoryBytes: number): Error {
  return new RangeError(
    `expected a result that ends within its memory of ${String(memoryBytes)} bytes, got ${String(length)} bytes at ` +
      `${String(pointer)}: return how many bytes were written there`,
  );
}
