/**
 * How a payload is represented. A tag travels in the task's slot beside one f64 word and, unless it is inline, the place
 * of the payload's bytes. The numbers are part of the shared-memory contract: 0 … 31, never renumbered.
 *
 *      0 …  4   inline: the tag and the f64 word say it all, no bytes
 *      5 … 15   bytes in a format of their own
 *     16 … 31   the raw bytes of an ArrayBuffer or a view; the tag is the kind (views.ts)
 */

/** Every representation of a payload. */
export const Tag = {
  /** Inline, in the f64 word: NaN, −0 and the infinities are exact. */
  Number: 0,
  Undefined: 1,
  Null: 2,
  False: 3,
  True: 4,
  /** UTF-8, what kernels read and write. */
  String: 5,
  /** One byte per code unit: every code unit of the string is ≤ 0xFF. */
  Latin1: 6,
  /** Two bytes per code unit, little endian: any string, lone surrogates included. */
  Utf16: 7,
  /** A plain tree in the one-pass format of tree-format.ts. */
  Tree: 8,
  /** `node:v8` serialisation, see structured.ts. */
  Structured: 9,
  /** What a task threw, see failure.ts. */
  Error: 10,
  ArrayBuffer: 16,
  Uint8Array: 17,
  Uint8ClampedArray: 18,
  Int8Array: 19,
  Uint16Array: 20,
  Int16Array: 21,
  Uint32Array: 22,
  Int32Array: 23,
  Float32Array: 24,
  Float64Array: 25,
  BigInt64Array: 26,
  BigUint64Array: 27,
  DataView: 28,
  /** Only where the runtime has it. */
  Float16Array: 29,
} as const;

/** Whether a payload of this tag needs no bytes: tag and f64 word are all of it. */
export function isInline(tag: number): boolean {
  return tag <= Tag.True;
}
