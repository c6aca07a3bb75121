/**
 * Bytes into shared memory and out of it. A runtime that copies a part of a buffer natively moves them as `memmove` does.
 * `set` goes a word at a time through shared memory, and a byte at a time where the two sides are not aligned alike.
 */

/** The release of Node.js from which on `Buffer.copy` of a part is native. */
const NATIVE_SINCE = 22;
/** From so many bytes on a native copy costs less than `set`. Bench payload guards this and the numbers below. */
const NATIVE_BYTES = 2_048;
/** From so many bytes on, two copies that are aligned cost less than one that is not. */
const UNALIGNED_BYTES = 256;
/** From so many bytes on memory that is not filled with zeros first is worth the detour. */
const UNFILLED_BYTES = 4_096;
const SCRATCH_BYTES = 16_384;
const WORD_BYTES = 8;

const isNative = Number.parseInt(process.versions.node, 10) >= NATIVE_SINCE;
let scratch: Uint8Array | undefined;

/**
 * Copies `bytes` to `memory[offset]`.
 *
 * @throws {RangeError} if they do not fit
 */
export function copyIn(memory: Uint8Array, offset: number, bytes: Uint8Array): void {
  const { length } = bytes;
  if (isNative && length >= NATIVE_BYTES) copyNatively(memory, offset, bytes);
  else if (length >= UNALIGNED_BYTES && bytes.byteOffset % WORD_BYTES !== 0) copyAligned(memory, offset, bytes);
  else memory.set(bytes, offset);
}

/**
 * A copy of `length` bytes of shared memory in a buffer of exactly that size.
 *
 * @throws {RangeError} if they are not all in the memory
 */
export function copyOut(memory: Uint8Array, offset: number, length: number): Uint8Array<ArrayBuffer> {
  if (length >= UNFILLED_BYTES) return copyUnfilled(memory, offset, length);
  // Length first: up to 64 bytes then stand in the JavaScript heap itself, with no buffer to account for and to free.
  const copy = new Uint8Array(length);
  copy.set(new Uint8Array(memory.buffer, memory.byteOffset + offset, length));
  return copy;
}

function copyNatively(memory: Uint8Array, offset: number, bytes: Uint8Array): void {
  if (offset + bytes.length > memory.length) throw new RangeError('the bytes end outside the memory');
  // The last byte apart: what is whole, and no part, goes the way of `set` before Node.js 26.
  const last = bytes.length - 1;
  asBuffer(bytes).copy(memory, offset, 0, last);
  memory[offset + last] = bytes[last] ?? 0;
}

function copyAligned(memory: Uint8Array, offset: number, bytes: Uint8Array): void {
  scratch ??= new Uint8Array(SCRATCH_BYTES);
  for (let from = 0; from < bytes.length; from += SCRATCH_BYTES) {
    const part = bytes.subarray(from, from + SCRATCH_BYTES);
    scratch.set(part);
    memory.set(part.length === SCRATCH_BYTES ? scratch : scratch.subarray(0, part.length), offset + from);
  }
}

function copyUnfilled(memory: Uint8Array, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  const copied = asBuffer(memory).copy(copy, 0, offset, offset + length);
  // Nobody is to see what stood there before.
  if (copied !== length) throw new RangeError('the bytes end outside the memory');
  return copy;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
