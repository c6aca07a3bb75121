/**
 * The one-pass format of plain trees: what most payloads are, and too small to be worth the fixed cost of the structured
 * clone (about 2 µs either way) or the number formatting of JSON.
 *
 *     value   = token, then by token
 *     Int32     4 bytes, little endian
 *     Float64   8 bytes, as the machine has them
 *     Latin1    length u16, one byte per code unit
 *     Utf16     length u16 in code units, two bytes each
 *     Array     count u16, then the elements
 *     Object    count u8, length u16 of the key block, the key block, then the values in the order of the keys
 *
 *     key block = per key: length u8, one byte per code unit
 *
 * All integers are little endian. Whatever the format cannot hold without loss goes to the structured clone instead.
 */

/** First byte of a value. */
export const Token = {
  Undefined: 0,
  Null: 1,
  False: 2,
  True: 3,
  Int32: 4,
  Float64: 5,
  Latin1: 6,
  Utf16: 7,
  Array: 8,
  Object: 9,
} as const;

/** Bytes of the longest tree. Bounds what is wasted when a value turns out to be none. A guess. */
export const MAXIMUM_TREE_BYTES = 32_768;

/** Levels of nesting. Deeper values take the structured clone, which knows the stack's limit. */
export const MAXIMUM_DEPTH = 32;

/** Elements of an array: two bytes. */
export const MAXIMUM_ELEMENTS = 0xffff;

/** Properties of an object. Those with more are dictionaries, whose keys never come again: nothing is gained by knowing them. */
export const MAXIMUM_KEYS = 64;

/** Code units of a key: one byte. */
export const MAXIMUM_KEY_LENGTH = 0xff;
