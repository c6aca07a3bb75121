/**
 * ArrayBuffers and their views as raw bytes. The tag names the kind; what comes back owns a buffer of exactly its size.
 */
import { copyOut } from './copies.ts';
import { Tag } from './tags.ts';

interface ViewKind {
  readonly name: string;
  readonly bytesPerElement: number;
  readonly wrap: (buffer: ArrayBufferLike, offset?: number, length?: number) => ArrayBufferView;
}

type TypedArrayConstructor = new (buffer: ArrayBufferLike, offset?: number, length?: number) => ArrayBufferView;

const KINDS: ReadonlyMap<number, ViewKind> = new Map<number, ViewKind>([
  [Tag.Uint8Array, { name: 'Uint8Array', bytesPerElement: 1, wrap: (b, at, n) => new Uint8Array(b, at, n) }],
  [
    Tag.Uint8ClampedArray,
    { name: 'Uint8ClampedArray', bytesPerElement: 1, wrap: (b, at, n) => new Uint8ClampedArray(b, at, n) },
  ],
  [Tag.Int8Array, { name: 'Int8Array', bytesPerElement: 1, wrap: (b, at, n) => new Int8Array(b, at, n) }],
  [Tag.Uint16Array, { name: 'Uint16Array', bytesPerElement: 2, wrap: (b, at, n) => new Uint16Array(b, at, n) }],
  [Tag.Int16Array, { name: 'Int16Array', bytesPerElement: 2, wrap: (b, at, n) => new Int16Array(b, at, n) }],
  [Tag.Uint32Array, { name: 'Uint32Array', bytesPerElement: 4, wrap: (b, at, n) => new Uint32Array(b, at, n) }],
  [Tag.Int32Array, { name: 'Int32Array', bytesPerElement: 4, wrap: (b, at, n) => new Int32Array(b, at, n) }],
  [Tag.Float32Array, { name: 'Float32Array', bytesPerElement: 4, wrap: (b, at, n) => new Float32Array(b, at, n) }],
  [Tag.Float64Array, { name: 'Float64Array', bytesPerElement: 8, wrap: (b, at, n) => new Float64Array(b, at, n) }],
  [Tag.BigInt64Array, { name: 'BigInt64Array', bytesPerElement: 8, wrap: (b, at, n) => new BigInt64Array(b, at, n) }],
  [
    Tag.BigUint64Array,
    { name: 'BigUint64Array', bytesPerElement: 8, wrap: (b, at, n) => new BigUint64Array(b, at, n) },
  ],
  [Tag.DataView, { name: 'DataView', bytesPerElement: 1, wrap: (b, at, n) => new DataView(b, at, n) }],
  ...float16Kind(),
]);

/** Arrays of up to so many bytes may stand in the JavaScript heap, where asking for their buffer makes one, at a microsecond or two. */
const HEAP_BYTES = 64;

const TAGS: ReadonlyMap<unknown, number> = new Map([...KINDS].map(([tag, kind]) => [kind.name, tag]));

// Of %TypedArray%.prototype: they read the internal slots, whatever a subclass says.
const TYPED_ARRAY: object = Object.getPrototypeOf(Uint8Array.prototype) as object;
const kindAccessor = Object.getOwnPropertyDescriptor(TYPED_ARRAY, Symbol.toStringTag);
const byteLengthAccessor = Object.getOwnPropertyDescriptor(TYPED_ARRAY, 'byteLength');

/** The tag of a view, also of a subclass (a `Buffer` is a `Uint8Array`); `undefined` for a kind this build does not know. */
export function viewTag(view: ArrayBufferView): number | undefined {
  return TAGS.get(kindAccessor?.get?.call(view) ?? 'DataView');
}

/**
 * The bytes under a view or an ArrayBuffer, without a copy, fixed in length even if the buffer underneath may grow.
 * @throws {TypeError} if the buffer is detached or the view is out of its bounds
 */
export function bytesOf(source: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (!ArrayBuffer.isView(source)) return new Uint8Array(source, 0, source.byteLength);
  // A typed array that is out of bounds calls itself empty; every method of it throws.
  if (source.byteLength === 0 && !(source instanceof DataView)) Uint8Array.prototype.indexOf.call(source, 0);
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}

/** Bytes of a typed array that is better copied by `copyElements` than by way of its buffer; 0 of any other one. */
export function heapBytes(view: ArrayBufferView): number {
  if (view instanceof DataView) return 0;
  const bytes = Number(byteLengthAccessor?.get?.call(view));
  return bytes <= HEAP_BYTES ? bytes : 0;
}

/** Copies the first `length` bytes of a typed array of the kind `tag` to `memory[offset]`, never more. */
export function copyElements(
  tag: number,
  view: ArrayBufferView,
  memory: Uint8Array,
  offset: number,
  length: number,
): void {
  const { bytesPerElement = 1, wrap } = KINDS.get(tag) ?? {};
  const at = memory.byteOffset + offset;
  try {
    const elements = wrap?.(memory.buffer, at, length / bytesPerElement);
    (elements as Uint8Array).set(view as Uint8Array);
  } catch {
    // Not aligned, or another thread has made it longer.
    memory.set(bytesOf(view).subarray(0, length), offset);
  }
}

/**
 * The value of raw bytes copied out of `memory`.
 * @returns `undefined` if `tag` names no kind or the length is no whole number of elements
 */
export function viewFrom(
  tag: number,
  memory: Uint8Array,
  offset: number,
  length: number,
): ArrayBuffer | ArrayBufferView | undefined {
  const kind = KINDS.get(tag);
  if (kind === undefined ? tag !== Tag.ArrayBuffer : length % kind.bytesPerElement !== 0) return undefined;
  const bytes = copyOut(memory, offset, length);
  if (tag === Tag.Uint8Array) return bytes;
  return kind === undefined ? bytes.buffer : kind.wrap(bytes.buffer);
}

function float16Kind(): [number, ViewKind][] {
  const constructor: unknown = Reflect.get(globalThis, 'Float16Array');
  if (!isTypedArrayConstructor(constructor)) return [];
  const wrap: ViewKind['wrap'] = (buffer, offset, length) => new constructor(buffer, offset, length);
  return [[Tag.Float16Array, { name: 'Float16Array', bytesPerElement: 2, wrap }]];
}

function isTypedArrayConstructor(value: unknown): value is TypedArrayConstructor {
  return typeof value === 'function';
}
