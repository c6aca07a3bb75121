/**
 * Shapes of the objects that a thread reads: keys become strings once, and objects of a shape that comes often are made by
 * a literal compiled for it, which takes a tenth of the time of one keyed store a property. docs/adr/0005-shapes.md
 */
import { runInThisContext } from 'node:vm';
import { bare } from '../base/given.ts';
import { decodeKeys, KeyBlock } from './key-block.ts';

/** Direct-mapped: a shape that falls on another one's place replaces it. */
const PLACES = 512;
/** After so many objects a shape is worth its compilation. A guess. */
const COMPILED_AFTER = 200;

/** Gives the values of an object, in order. */
export interface ValueSource {
  next(): unknown;
}

type Maker = (values: ValueSource) => object;

/** Keys in their order, with what makes an object of them. */
class Shape {
  readonly block: KeyBlock;
  readonly #keys: readonly string[];
  #made = 0;
  #maker: Maker | undefined;

  constructor(bytes: Buffer, count: number) {
    this.block = new KeyBlock(bytes);
    this.#keys = decodeKeys(bytes, count);
  }

  get count(): number {
    return this.#keys.length;
  }

  /** An object with the next values of `values`. */
  make(values: ValueSource): object {
    if (this.#maker !== undefined) return this.#maker(values);
    this.#made += 1;
    if (this.#made === COMPILED_AFTER) this.#maker = compile(this.#keys);
    const record: Record<string, unknown> = {};
    for (const key of this.#keys) {
      const value = values.next();
      // Not by assignment where Object.prototype has the name: a setter or a frozen property would catch it.
      if (!(key in record)) record[key] = value;
      else Object.defineProperty(record, key, bare({ value, configurable: true, enumerable: true, writable: true }));
    }
    return record;
  }
}

/** The shapes that a thread has met lately. */
export class ShapeTable {
  readonly #shapes = new Array<Shape | undefined>(PLACES).fill(undefined);

  /**
   * The shape of the key block of `length` bytes at `at` of `view`.
   * @throws {RangeError} if it does not hold `count` keys
   */
  shapeAt(view: DataView, at: number, length: number, count: number): Shape {
    const place = hash(view, at, length, count);
    const known = this.#shapes[place];
    if (known?.block.length === length && known.count === count && known.block.matches(view, at)) return known;
    const shape = new Shape(Buffer.from(Buffer.from(view.buffer, view.byteOffset + at, length)), count);
    this.#shapes[place] = shape;
    return shape;
  }
}

// Length, count and a few bytes: shapes of one program rarely agree in all of them.
function hash(view: DataView, at: number, length: number, count: number): number {
  const end = at + length;
  let mixed = length * 31 + count;
  for (let i = at + 1; i < end; i += 8) mixed = (Math.imul(mixed, 33) + view.getUint8(i)) | 0;
  return (mixed ^ (mixed >>> 9)) & (PLACES - 1);
}

function compile(keys: readonly string[]): Maker {
  const properties = keys.map((key) => `${JSON.stringify(key)}: values.next()`);
  // Keys are JSON strings here, and a literal defines its properties: nothing of a key is ever run.
  return runInThisContext(`(values) => ({ ${properties.join(', ')} })`) as Maker;
}
