/**
 * Writes plain trees (tree-format.ts) in one pass: every property is read once, so that a getter cannot say one thing to
 * a check and another to the copy.
 */
import { types } from 'node:util';

import { MAXIMUM_COUNT, MAXIMUM_DEPTH, MAXIMUM_KEY_LENGTH, MAXIMUM_TREE_BYTES, Token } from './tree-format.ts';

const NOTHING = {};
/** Longest fixed part of a value: token and float64. Room for it is checked once per value. */
const VALUE_ROOM = 9;
/** So many objects are compared one by one, more through a set. */
const FEW_OBJECTS = 16;

const float64 = new Float64Array(1);
const float64Bytes = new Uint8Array(float64.buffer);

/** A reusable writer. Not re-entrant: a getter that encodes something needs another one. */
export class TreeWriter {
  readonly #bytes = new Uint8Array(MAXIMUM_TREE_BYTES);
  #length = 0;
  /** The objects of this tree: one that is met twice must keep its identity, which is for the structured clone. */
  #seen: object[] = [];
  #seenMany: Set<object> | undefined;

  /**
   * The bytes of `value`, valid until the next call; `undefined` if it is no plain tree or too large, so that the
   * structured clone has to take it. Whatever a getter throws is passed on.
   */
  write(value: object): Uint8Array | undefined {
    // Somebody made a property of Object.prototype enumerable: `for … in` would copy it into every object.
    for (const _inherited in NOTHING) return undefined;
    this.#length = 0;
    this.#seen = [];
    try {
      return this.#object(value, MAXIMUM_DEPTH) ? this.#bytes.subarray(0, this.#length) : undefined;
    } finally {
      this.#seen = [];
      this.#seenMany = undefined;
    }
  }

  #value(value: unknown, depth: number): boolean {
    if (this.#length > MAXIMUM_TREE_BYTES - VALUE_ROOM) return false;
    switch (typeof value) {
      case 'number':
        this.#number(value);
        return true;
      case 'string':
        return this.#string(value);
      case 'boolean':
        this.#bytes[this.#length++] = value ? Token.True : Token.False;
        return true;
      case 'undefined':
        this.#bytes[this.#length++] = Token.Undefined;
        return true;
      case 'object':
        if (value !== null) return this.#object(value, depth);
        this.#bytes[this.#length++] = Token.Null;
        return true;
      default:
        return false;
    }
  }

  #number(value: number): void {
    const bytes = this.#bytes;
    const at = this.#length;
    if ((value | 0) === value && !Object.is(value, -0)) {
      bytes[at] = Token.Int32;
      bytes[at + 1] = value;
      bytes[at + 2] = value >> 8;
      bytes[at + 3] = value >> 16;
      bytes[at + 4] = value >> 24;
      this.#length = at + 5;
      return;
    }
    bytes[at] = Token.Float64;
    float64[0] = value;
    for (let i = 0; i < 8; i++) bytes[at + 1 + i] = float64Bytes[i] ?? 0;
    this.#length = at + 9;
  }

  #string(value: string): boolean {
    const bytes = this.#bytes;
    const { length } = value;
    let at = this.#length;
    if (at + 3 + length > MAXIMUM_TREE_BYTES) return false;
    bytes[at++] = Token.Latin1;
    bytes[at++] = length;
    bytes[at++] = length >> 8;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0xff) return this.#wideString(value);
      bytes[at++] = unit;
    }
    this.#length = at;
    return true;
  }

  #wideString(value: string): boolean {
    const bytes = this.#bytes;
    const { length } = value;
    let at = this.#length;
    if (at + 3 + 2 * length > MAXIMUM_TREE_BYTES) return false;
    bytes[at++] = Token.Utf16;
    bytes[at++] = length;
    bytes[at++] = length >> 8;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      bytes[at++] = unit;
      bytes[at++] = unit >> 8;
    }
    this.#length = at;
    return true;
  }

  #object(value: object, depth: number): boolean {
    if (depth === 0 || this.#isRepeated(value)) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Array.prototype)
      return Array.isArray(value) && !types.isProxy(value) && this.#array(value, depth);
    return (
      (prototype === Object.prototype || prototype === null) &&
      isOrdinary(value) &&
      !types.isProxy(value) &&
      this.#properties(value, depth)
    );
  }

  #isRepeated(value: object): boolean {
    const seen = this.#seen;
    if (seen.length < FEW_OBJECTS) {
      if (seen.includes(value)) return true;
      seen.push(value);
      return false;
    }
    const many = (this.#seenMany ??= new Set(seen));
    const before = many.size;
    return many.add(value).size === before;
  }

  #array(array: readonly unknown[], depth: number): boolean {
    const { length } = array;
    // Fewer keys: holes. More: named properties. Both at once: the check of each element.
    if (length > MAXIMUM_COUNT || Object.keys(array).length !== length) return false;
    this.#bytes[this.#length++] = Token.Array;
    this.#bytes[this.#length++] = length;
    this.#bytes[this.#length++] = length >> 8;
    for (let i = 0; i < length; i++) {
      const element = array[i];
      if (element === undefined && !Object.hasOwn(array, i)) return false;
      if (!this.#value(element, depth - 1)) return false;
    }
    return true;
  }

  #properties(record: Record<string, unknown>, depth: number): boolean {
    this.#bytes[this.#length++] = Token.Object;
    const countAt = this.#length;
    this.#length += 2;
    let count = 0;
    for (const key in record) {
      if (++count > MAXIMUM_COUNT || !this.#key(key) || !this.#value(record[key], depth - 1)) return false;
    }
    this.#bytes[countAt] = count;
    this.#bytes[countAt + 1] = count >> 8;
    return true;
  }

  #key(key: string): boolean {
    const bytes = this.#bytes;
    const { length } = key;
    let at = this.#length;
    if (length > MAXIMUM_KEY_LENGTH || at + 1 + length > MAXIMUM_TREE_BYTES || key === '__proto__') return false;
    bytes[at++] = length;
    for (let i = 0; i < length; i++) {
      const unit = key.charCodeAt(i);
      if (unit > 0xff) return false;
      bytes[at++] = unit;
    }
    this.#length = at;
    return true;
  }
}

/** Excludes what has the prototype of a plain object and is none: `arguments`, module namespaces, `Math`. */
function isOrdinary(value: object): value is Record<string, unknown> {
  return !(Symbol.iterator in value) && !(Symbol.toStringTag in value);
}
