import { WorkStealingError } from '../base/errors.ts';
import type { SharedBlock } from './shared-block.ts';

/** What all classes of typed arrays extend. */
const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array) as new () => ArrayBufferView;

/** A class of views, such as `Float64Array` or `DataView`. */
export type ViewType<View extends ArrayBufferView> = new (
  buffer: SharedArrayBuffer,
  byteOffset: number,
  length: number,
) => View;

/**
 * Memory of `engine.allocate()`, or a part of it. As the whole input of a task it is passed without a copy: a kernel reads and writes it by
 * `payload(task)`, a handler gets a `Uint8Array` over it. docs/kernels.md#memory-without-copies
 */
export class SharedRange {
  readonly #block: SharedBlock;
  readonly #begin: number;
  readonly #byteLength: number;
  #bytes: Uint8Array | undefined;

  /** @internal */
  constructor(block: SharedBlock, begin: number, byteLength: number) {
    this.#block = block;
    this.#begin = begin;
    this.#byteLength = byteLength;
    Object.freeze(this); // own properties would be copied, the memory would not
  }

  /** Whether a value is one. @internal */
  static isOne(value: object): value is SharedRange {
    return #block in value;
  }

  /** @internal */
  get block(): SharedBlock {
    return this.#block;
  }

  /** Where it begins in the shared memory. @internal */
  get address(): number {
    return this.#block.address + this.#begin;
  }

  /** In bytes. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /**
   * The memory itself: what kernels write is seen here, and the other way round. A view that was kept from before `free()` shows what others do
   * with the memory afterwards.
   *
   * @throws WorkStealingError ERR_BUFFER_FREED
   */
  get bytes(): Uint8Array {
    this.#block.check();
    this.#bytes ??= new Uint8Array(this.#block.memory, this.address, this.#byteLength);
    return this.#bytes;
  }

  /**
   * The memory as a view of another kind, such as `buffer.view(Float64Array)`. A whole buffer is aligned for each of them.
   *
   * @throws WorkStealingError ERR_BUFFER_FREED, ERR_INVALID_OPTION for no class of views, or bytes that are no whole number of its elements
   */
  view<View extends ArrayBufferView>(type: ViewType<View>): View {
    this.#block.check();
    const elementBytes = elementBytesOf(type);
    if (this.#byteLength % elementBytes !== 0 || this.address % elementBytes !== 0) {
      throw invalidView(
        `memory in elements of ${String(elementBytes)} bytes, got ${String(this.#byteLength)} bytes from byte ${String(this.#begin)} on: ` +
          'take another subarray',
      );
    }
    // The library types every view's buffer as one of both kinds; this one is shared.
    return new type(this.#block.memory as SharedArrayBuffer, this.address, this.#byteLength / elementBytes);
  }

  /**
   * A part of it, without a copy, with the bounds of `Uint8Array.prototype.subarray`: negative ones count from the end. Tasks can have parts of
   * one buffer each. It is freed with its buffer.
   *
   * @throws WorkStealingError ERR_BUFFER_FREED
   */
  subarray(begin?: number, end?: number): SharedRange {
    const whole = this.bytes;
    const { byteOffset, byteLength } = whole.subarray(begin, end);
    return new SharedRange(this.#block, this.#begin + byteOffset - whole.byteOffset, byteLength);
  }
}

function elementBytesOf(type: unknown): number {
  const prototype: unknown = typeof type === 'function' ? type.prototype : undefined;
  if (prototype instanceof DataView || prototype === DataView.prototype) return 1;
  const bytes: unknown = prototype instanceof TYPED_ARRAY ? Reflect.get(prototype, 'BYTES_PER_ELEMENT') : undefined;
  if (typeof bytes === 'number') return bytes;
  throw invalidView(
    `a class of views, such as Float64Array, got ${typeof type === 'function' ? type.name : typeof type}`,
  );
}

function invalidView(problem: string): WorkStealingError {
  return new WorkStealingError('ERR_INVALID_OPTION', `expected ${problem}`, { option: 'type' });
}
