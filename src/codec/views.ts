/**
 * ArrayBuffers and their views as raw bytes. The tag names the kind; what comes back owns a buffer of exactly its size.
 */
import { Tag } from './tags.ts';

interface ViewKind {
  readonly name: string;
  readonly bytesPerElement: number;
  readonly wrap: (buffer: ArrayBuffer) => ArrayBufferView;
}

type TypedArrayConstructor = new (buffer: ArrayBuffer) => ArrayBufferView;

const KINDS: ReadonlyMap<number, ViewKind> = new Map<number, ViewKind>([
  [Tag.Uint8Array, { name: 'Uint8Array', bytesPerElement: 1, wrap: (buffer) => new Uint8Array(buffer) }],
  [Tag.Uint8ClampedArray, { name: 'Uint8ClampedArray', bytesPerElement: 1, wrap: (b) => new Uint8ClampedArray(b) }],
  [Tag.Int8Array, { name: 'Int8Array', bytesPerElement: 1, wrap: (buffer) => new Int8Array(buffer) }],
  [Tag.Uint16Array, { name: 'Uint16Array', bytesPerElement: 2, wrap: (buffer) => new Uint16Array(buffer) }],
  [Tag.Int16Array, { name: 'Int16Array', bytesPerElement: 2, wrap: (buffer) => new Int16Array(buffer) }],
  [Tag.Uint32Array, { name: 'Uint32Array', bytesPerElement: 4, wrap: (buffer) => new Uint32Array(buffer) }],
  [Tag.Int32Array, { name: 'Int32Array', bytesPerElement: 4, wrap: (buffer) => new Int32Array(buffer) }],
  [Tag.Float32Array, { name: 'Float32Array', bytesPerElement: 4, wrap: (buffer) => new Float32Array(buffer) }],
  [Tag.Float64Array, { name: 'Float64Array', bytesPerElement: 8, wrap: (buffer) => new Float64Array(buffer) }],
  [Tag.BigInt64Array, { name: 'BigInt64Array', bytesPerElement: 8, wrap: (buffer) => new BigInt64Array(buffer) }],
  [Tag.BigUint64Array, { name: 'BigUint64Array', bytesPerElement: 8, wrap: (buffer) => new BigUint64Array(buffer) }],
  [Tag.DataView, { name: 'DataView', bytesPerElement: 1, wrap: (buffer) => new DataView(buffer) }],
  ...float16Kind(),
]);

const TAGS: ReadonlyMap<unknown, number> = new Map([...KINDS].map(([tag, kind]) => [kind.name, tag]));

/** `%TypedArray%.prototype[Symbol.toStringTag]`: the kind from the internal slot, whatever a subclass says. */
const kindAccessor = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);

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

/** A copy of `length` bytes of shared memory in a buffer of exactly that size. */
export function copyOut(memory: Uint8Array, offset: number, length: number): Uint8Array<ArrayBuffer> {
  // Length first: up to 64 bytes then stand in the JavaScript heap itself, with no buffer to account for and to free.
  const copy = new Uint8Array(length);
  copy.set(new Uint8Array(memory.buffer, memory.byteOffset + offset, length));
  return copy;
}

function float16Kind(): [number, ViewKind][] {
  const constructor: unknown = Reflect.get(globalThis, 'Float16Array');
  if (!isTypedArrayConstructor(constructor)) return [];
  const wrap = (buffer: ArrayBuffer): ArrayBufferView => new constructor(buffer);
  return [[Tag.Float16Array, { name: 'Float16Array', bytesPerElement: 2, wrap }]];
}

function isTypedArrayConstructor(value: unknown): value is TypedArrayConstructor {
  return typeof value === 'function';
}
