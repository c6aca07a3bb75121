/** Reads plain trees (tree-format.ts). */
import { Token } from './tree-format.ts';

/** Short strings come again and again (keys, names of states, symbols): they are looked up instead of made anew. */
const CACHE_SIZE = 1024;
const MAXIMUM_CACHED_LENGTH = 24;
const cache: string[] = new Array<string>(CACHE_SIZE).fill('');

const float64 = new Float64Array(1);
const float64Bytes = new Uint8Array(float64.buffer);

/** A reader of one tree. */
export class TreeReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, offset: number, length: number) {
    this.#bytes = bytes;
    this.#at = offset;
    this.#end = offset + length;
  }

  /**
   * The value.
   * @throws {RangeError} if the bytes are no tree
   */
  read(): unknown {
    const value = this.#value();
    if (this.#at !== this.#end)
      throw new RangeError(`a tree ends at byte ${String(this.#at)}, not ${String(this.#end)}`);
    return value;
  }

  #value(): unknown {
    const token = this.#byte();
    switch (token) {
      case Token.Int32: {
        const at = this.#skip(4);
        const bytes = this.#bytes;
        return (
          (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
        );
      }
      case Token.Float64: {
        const at = this.#skip(8);
        for (let i = 0; i < 8; i++) float64Bytes[i] = this.#bytes[at + i] ?? 0;
        return float64[0];
      }
      case Token.Latin1:
        return this.#latin1(this.#uint16());
      case Token.Utf16: {
        const size = 2 * this.#uint16();
        const at = this.#skip(size);
        return this.#bytes.toString('utf16le', at, at + size);
      }
      case Token.True:
        return true;
      case Token.False:
        return false;
      case Token.Null:
        return null;
      case Token.Undefined:
        return undefined;
      case Token.Array: {
        const count = this.#uint16();
        const array: unknown[] = [];
        for (let i = 0; i < count; i++) array.push(this.#value());
        return array;
      }
      case Token.Object:
        return this.#object();
      default:
        throw new RangeError(`unknown token ${String(token)} in a tree`);
    }
  }

  #object(): Record<string, unknown> {
    const count = this.#uint16();
    const record: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) {
      const key = this.#latin1(this.#byte());
      const value = this.#value();
      if (key === '__proto__') throw new RangeError('a tree never has a property __proto__');
      try {
        record[key] = value;
      } catch {
        // Object.prototype is frozen and has this name: assignment refuses to shadow it.
        Object.defineProperty(record, key, { value, configurable: true, enumerable: true, writable: true });
      }
    }
    return record;
  }

  #latin1(length: number): string {
    const at = this.#skip(length);
    if (length === 0) return '';
    if (length > MAXIMUM_CACHED_LENGTH) return this.#bytes.toString('latin1', at, at + length);
    const bytes = this.#bytes;
    const first = bytes[at] ?? 0;
    const middle = bytes[at + (length >> 1)] ?? 0;
    const last = bytes[at + length - 1] ?? 0;
    const slot = (length * 31 + first * 7 + middle * 17 + last * 131) & (CACHE_SIZE - 1);
    const cached = cache[slot] ?? '';
    if (cached.length === length) {
      let i = 0;
      while (i < length && cached.charCodeAt(i) === bytes[at + i]) i++;
      if (i === length) return cached;
    }
    const text = bytes.toString('latin1', at, at + length);
    cache[slot] = text;
    return text;
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)] ?? 0;
  }

  #uint16(): number {
    const at = this.#skip(2);
    return (this.#bytes[at] ?? 0) | ((this.#bytes[at + 1] ?? 0) << 8);
  }

  /** Position of the next `count` bytes. */
  #skip(count: number): number {
    const at = this.#at;
    if (at + count > this.#end) throw new RangeError('a tree is cut off');
    this.#at = at + count;
    return at;
  }
}
