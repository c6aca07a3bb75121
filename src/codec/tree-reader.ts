/** Reads plain trees (tree-format.ts). */
import { ShapeTable } from './shape-table.ts';
import { Token } from './tree-format.ts';

declare global {
  interface Buffer {
    /** What `toString('latin1')` does once it has read its arguments. */
    latin1Slice(start: number, end: number): string;
  }
}

/** Short strings come again and again (keys, names of states, symbols): they are looked up instead of made anew. */
const CACHE_SIZE = 1024;
const MAXIMUM_CACHED_LENGTH = 24;
const cache: string[] = new Array<string>(CACHE_SIZE).fill('');

const shapes = new ShapeTable();

/** Over the buffer that was read last: nearly always the engine's memory. */
let view = new DataView<ArrayBufferLike>(new ArrayBuffer(0));

/** A reader of one tree. */
export class TreeReader {
  readonly #bytes: Buffer;
  /** Where the bytes begin in their buffer. */
  readonly #base: number;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, offset: number, length: number) {
    if (view.buffer !== bytes.buffer) view = new DataView(bytes.buffer);
    this.#bytes = bytes;
    this.#base = bytes.byteOffset;
    this.#at = offset;
    this.#end = offset + length;
  }

  /**
   * The value.
   * @throws {RangeError} if the bytes are no tree
   */
  read(): unknown {
    const value = this.next();
    if (this.#at !== this.#end)
      throw new RangeError(`a tree ends at byte ${String(this.#at)}, not ${String(this.#end)}`);
    return value;
  }

  /** The next value of the tree. */
  next(): unknown {
    const token = this.#byte();
    switch (token) {
      case Token.Int32:
        return view.getInt32(this.#base + this.#skip(4), true);
      case Token.Float64:
        return view.getFloat64(this.#base + this.#skip(8), true);
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
        for (let i = 0; i < count; i++) array.push(this.next());
        return array;
      }
      case Token.Object:
        return this.#object();
      default:
        throw new RangeError(`unknown token ${String(token)} in a tree`);
    }
  }

  #object(): object {
    const count = this.#byte();
    const length = this.#uint16();
    return shapes.shapeAt(view, this.#base + this.#skip(length), length, count).make(this);
  }

  #latin1(length: number): string {
    const at = this.#skip(length);
    if (length === 0) return '';
    const bytes = this.#bytes;
    if (length > MAXIMUM_CACHED_LENGTH) return bytes.latin1Slice(at, at + length);
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
    const text = bytes.latin1Slice(at, at + length);
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
