/**
 * Writes plain trees (tree-format.ts) in one pass: every property is read once, so that a getter cannot say one thing to
 * a check and another to the copy.
 */
import { types } from 'node:util';

import { type ShapeNode, ShapeTrie } from './shape-trie.ts';
import { MAXIMUM_ELEMENTS, MAXIMUM_DEPTH, MAXIMUM_KEYS, MAXIMUM_TREE_BYTES, Token } from './tree-format.ts';

const NOTHING = {};
/** Longest fixed part of a value: token and float64. Room for it is checked once per value. */
const VALUE_ROOM = 9;
/** Token, count and length of an object, and what a key block is written over its end. */
const KEYS_ROOM = 4 + 3;
/** So many objects are compared one by one, more through a set. */
const FEW_OBJECTS = 16;

/** A reusable writer. Not re-entrant: a getter that encodes something needs another one. */
export class TreeWriter {
  readonly #bytes = new Uint8Array(MAXIMUM_TREE_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #length = 0;
  /** The objects of this tree: one that is met twice must keep its identity, which is for the structured clone. */
  readonly #seen = new Array<object | undefined>(FEW_OBJECTS).fill(undefined);
  #seenCount = 0;
  #seenMany: Set<object | undefined> | undefined;
  readonly #shapes = new ShapeTrie();
  /** Values of the objects that are being written, the innermost on top. */
  readonly #values: unknown[] = [];
  #top = 0;

  /**
   * The bytes of `value`, valid until the next call; `undefined` if it is no plain tree or too large, so that the
   * structured clone has to take it. Whatever a getter throws is passed on.
   */
  write(value: object): Uint8Array | undefined {
    // Somebody made a property of Object.prototype enumerable: `for … in` would copy it into every object.
    for (const _inherited in NOTHING) return undefined;
    this.#length = 0;
    try {
      return this.#object(value, MAXIMUM_DEPTH) ? this.#bytes.subarray(0, this.#length) : undefined;
    } finally {
      this.#forget();
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
    const at = this.#length;
    if ((value | 0) === value && !Object.is(value, -0)) {
      this.#bytes[at] = Token.Int32;
      this.#view.setInt32(at + 1, value, true);
      this.#length = at + 5;
    } else {
      this.#bytes[at] = Token.Float64;
      this.#view.setFloat64(at + 1, value, true);
      this.#length = at + 9;
    }
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
    const count = this.#seenCount;
    if (count < FEW_OBJECTS) {
      for (let i = 0; i < count; i++) if (seen[i] === value) return true;
      seen[count] = value;
      this.#seenCount = count + 1;
      return false;
    }
    const many = (this.#seenMany ??= new Set(seen));
    const before = many.size;
    return many.add(value).size === before;
  }

  // Keeps nothing of the tree alive; what failed midway left its values behind.
  #forget(): void {
    while (this.#seenCount > 0) this.#seen[--this.#seenCount] = undefined;
    this.#seenMany = undefined;
    if (this.#top > 0) this.#values.fill(undefined, 0);
    this.#top = 0;
  }

  #array(array: readonly unknown[], depth: number): boolean {
    const { length } = array;
    // Fewer keys: holes. More: named properties. Both at once: the check of each element.
    if (length > MAXIMUM_ELEMENTS || Object.keys(array).length !== length) return false;
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
    const values = this.#values;
    const base = this.#top; // nested objects have theirs above ours
    let top = base;
    let node = this.#shapes.root;
    for (const key in record) {
      if (top - base === MAXIMUM_KEYS) return false;
      node = node.with(key);
      values[top++] = record[key];
    }
    this.#top = top;
    if (!this.#keyBlock(node, top - base)) return false;
    for (let i = base; i < top; i++) {
      const value = values[i];
      values[i] = undefined;
      if (!this.#value(value, depth - 1)) return false;
    }
    this.#top = base;
    return true;
  }

  #keyBlock(node: ShapeNode, count: number): boolean {
    const block = node.block();
    if (block === undefined) return false;
    const { length } = block;
    let at = this.#length;
    if (at + KEYS_ROOM + length > MAXIMUM_TREE_BYTES) return false;
    this.#bytes[at++] = Token.Object;
    this.#bytes[at++] = count;
    this.#bytes[at++] = length;
    this.#bytes[at++] = length >> 8;
    block.write(this.#view, at);
    this.#length = at + length;
    return true;
  }
}

/** Excludes what has the prototype of a plain object and is none: `arguments`, module namespaces, `Math`. */
function isOrdinary(value: object): value is Record<string, unknown> {
  return !(Symbol.iterator in value) && !(Symbol.toStringTag in value);
}
