/** Key blocks (tree-format.ts): the keys of an object, encoded once and compared and copied a word at a time. */
import { bare } from '../base/given.ts';
import { MAXIMUM_KEY_LENGTH } from './tree-format.ts';

/** The encoded keys of a shape. */
export class KeyBlock {
  readonly length: number;
  /** The bytes as little-endian words; what the last one has too much is 0. */
  readonly words: Int32Array;

  constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    this.words = new Int32Array((bytes.length + 3) >> 2);
    for (const [i, byte] of bytes.entries()) this.words[i >> 2] = (this.words[i >> 2] ?? 0) | (byte << (8 * (i & 3)));
  }

  /** Copies to `at`, and up to three bytes more than the length. */
  write(view: DataView, at: number): void {
    const { words } = this;
    for (let i = 0; i < words.length; i++) view.setInt32(at + 4 * i, words[i] ?? 0, true);
  }

  /** Whether the bytes at `at` are these. */
  matches(view: DataView, at: number): boolean {
    const { words } = this;
    const whole = this.length >> 2;
    for (let i = 0; i < whole; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return false;
    for (let i = 4 * whole; i < this.length; i++) {
      if (view.getUint8(at + i) !== (((words[whole] ?? 0) >> (8 * (i & 3))) & 255)) return false;
    }
    return true;
  }
}

/** The block of `keys`; undefined if one of them has no place in a tree. */
export function encodeKeys(keys: readonly string[]): KeyBlock | undefined {
  const bytes: number[] = [];
  for (const key of keys) {
    if (key.length > MAXIMUM_KEY_LENGTH || key === '__proto__') return undefined;
    bytes.push(key.length);
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      if (unit > 0xff) return undefined;
      bytes.push(unit);
    }
  }
  return new KeyBlock(Uint8Array.from(bytes));
}

/**
 * The keys of a block.
 * @throws {RangeError} if it does not hold `count` keys that differ
 */
export function decodeKeys(bytes: Buffer, count: number): readonly string[] {
  const record: Record<string, undefined> = {};
  let at = 0;
  for (let i = 0; i < count; i++) {
    const from = at + 1;
    at = from + (bytes[at] ?? bytes.length);
    if (at > bytes.length) throw new RangeError('the keys of a tree are cut off');
    const key = bytes.toString('latin1', from, at);
    if (key === '__proto__') throw new RangeError('a tree never has a property __proto__');
    Object.defineProperty(record, key, bare({ value: undefined, configurable: true, enumerable: true }));
  }
  const keys = Object.keys(record); // internalized: a keyed store finds them without comparing
  if (at !== bytes.length || keys.length !== count) throw new RangeError('the keys of a tree do not fit their count');
  return keys;
}
