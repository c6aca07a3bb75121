/**
 * Values to payloads, in two steps, so that the caller allocates exactly what is needed and bytes are written straight
 * into shared memory: `prepare` runs all of the user's code (getters) and finds the representation, `write` only copies.
 */
import { types } from 'node:util';

import { TAG_SHARED } from '../abi/codes.ts';
import { WorkStealingError } from '../base/errors.ts';
import { copyIn } from './copies.ts';
import { serializeFailure } from './failure.ts';
import { SharedRange } from './shared-range.ts';
import { serialize } from './structured.ts';
import { isInline, Tag } from './tags.ts';
import { TreeWriter } from './tree-writer.ts';
import { notShareable, type PayloadRole } from './unshareable.ts';
import { bytesOf, copyElements, heapBytes, viewTag } from './views.ts';

const NO_BYTES = new Uint8Array(0);

/** Free at once for a string of one-byte representation, which is nearly every one: the engine knows it cannot match. */
const WIDE_UNIT = /[\u0100-\uffff]/;

/**
 * A reusable encoder: nothing is allocated for an inline value. After `prepare` its fields say how the value travels; for
 * a tag that is not inline, `write` must follow before the next `prepare`.
 */
export class Encoder {
  /** A value of `Tag`. */
  tag: number = Tag.Undefined;
  /** The f64 word: the value itself for `Tag.Number`, else 0. */
  number = 0;
  /** Bytes to allocate and hand to `write`; 0 for inline values, but also for an empty string or view. */
  length = 0;
  /** Memory that is passed as it is; undefined when the value is copied. */
  shared: SharedRange | undefined;

  #text = '';
  #bytes: Uint8Array = NO_BYTES;
  /** Instead of bytes. */
  #view: ArrayBufferView | undefined;
  readonly #tree = new TreeWriter();
  #busy = false;

  /**
   * Finds how `value` travels. A getter of the value may use this encoder; it is finished before this one's fields are set.
   * @throws {WorkStealingError} ERR_NOT_SHAREABLE, naming what cannot be copied and where it is
   */
  prepare(value: unknown, role: PayloadRole = 'input'): void {
    switch (typeof value) {
      case 'number':
        this.#set(Tag.Number, value, 0);
        break;
      case 'undefined':
        this.#set(Tag.Undefined, 0, 0);
        break;
      case 'boolean':
        this.#set(value ? Tag.True : Tag.False, 0, 0);
        break;
      case 'string':
        this.#prepareString(value);
        break;
      case 'object':
        if (value === null) this.#set(Tag.Null, 0, 0);
        else this.#prepareObject(value, role);
        break;
      default:
        this.#prepareStructured(value, role);
    }
  }

  /**
   * Finds how the input of a kernel travels: a number inline, a string as UTF-8, a view or ArrayBuffer as its bytes.
   * @throws {WorkStealingError} ERR_NOT_SHAREABLE for anything else
   */
  prepareKernelInput(value: unknown): void {
    if (typeof value === 'string') {
      this.#set(Tag.String, 0, Buffer.byteLength(value));
      this.#text = value;
    } else if (
      typeof value === 'number' ||
      value === undefined ||
      ArrayBuffer.isView(value) ||
      types.isArrayBuffer(value) ||
      isShared(value)
    ) {
      this.prepare(value);
    } else {
      const kind = value === null ? 'null' : typeof value;
      const message = `expected a number, a string or bytes as the input of a kernel, got ${kind}: pass a view of the data`;
      throw new WorkStealingError('ERR_NOT_SHAREABLE', message, { path: 'input', kind });
    }
  }

  /** Finds how whatever a task threw travels. Never throws. */
  prepareError(thrown: unknown): void {
    this.#setBytes(Tag.Error, serializeFailure(thrown));
  }

  /** Writes the prepared bytes at `offset`, `length` of them and no more, and drops what `prepare` kept. */
  write(buffer: Buffer, offset: number): void {
    switch (this.tag) {
      case Tag.Latin1:
        buffer.write(this.#text, offset, this.length, 'latin1');
        break;
      case Tag.Utf16:
        buffer.write(this.#text, offset, this.length, 'utf16le');
        break;
      case Tag.String:
        buffer.write(this.#text, offset, this.length, 'utf8');
        break;
      default:
        if (this.#view !== undefined) copyElements(this.tag, this.#view, buffer, offset, this.length);
        else if (!isInline(this.tag)) copyIn(buffer, offset, this.#bytes);
    }
    this.discard();
  }

  /** Drops what `prepare` kept, for a caller that found no room to write it. */
  discard(): void {
    this.#text = '';
    this.#bytes = NO_BYTES;
    this.#view = undefined;
    this.shared = undefined;
  }

  #set(tag: number, number: number, length: number): void {
    this.shared = undefined;
    this.tag = tag;
    this.number = number;
    this.length = length;
  }

  #setBytes(tag: number, bytes: Uint8Array): void {
    this.#set(tag, 0, bytes.length);
    this.#bytes = bytes;
    this.#view = undefined;
  }

  #prepareString(value: string): void {
    if (WIDE_UNIT.test(value)) this.#set(Tag.Utf16, 0, 2 * value.length);
    else this.#set(Tag.Latin1, 0, value.length);
    this.#text = value;
  }

  #prepareObject(value: object, role: PayloadRole): void {
    if (ArrayBuffer.isView(value)) {
      const tag = viewTag(value);
      if (tag === undefined) this.#prepareStructured(value, role);
      else this.#prepareView(tag, value, role);
      return;
    }
    if (role === 'input' && SharedRange.isOne(value)) {
      this.#set(TAG_SHARED, value.byteLength, 0);
      this.shared = value;
      return;
    }
    const tree = this.#writeTree(value, role);
    if (tree !== undefined) this.#setBytes(Tag.Tree, tree);
    else if (types.isArrayBuffer(value)) this.#prepareBytes(Tag.ArrayBuffer, value, role);
    else this.#prepareStructured(value, role);
  }

  #writeTree(value: object, role: PayloadRole): Uint8Array | undefined {
    // Busy: a getter of the tree that is being written called us. The outer tree's bytes must stay.
    const outermost = !this.#busy;
    const writer = outermost ? this.#tree : new TreeWriter();
    this.#busy = true;
    try {
      return writer.write(value);
    } catch (cause) {
      throw notShareable(value, role, cause);
    } finally {
      if (outermost) this.#busy = false;
    }
  }

  #prepareView(tag: number, view: ArrayBufferView, role: PayloadRole): void {
    const length = heapBytes(view);
    if (length === 0) {
      this.#prepareBytes(tag, view, role);
      return;
    }
    this.#set(tag, 0, length);
    this.#view = view;
  }

  #prepareBytes(tag: number, value: ArrayBuffer | ArrayBufferView, role: PayloadRole): void {
    try {
      this.#setBytes(tag, bytesOf(value));
    } catch (cause) {
      throw notShareable(value, role, cause);
    }
  }

  #prepareStructured(value: unknown, role: PayloadRole): void {
    try {
      this.#setBytes(Tag.Structured, serialize(value));
    } catch (cause) {
      throw notShareable(value, role, cause);
    }
  }
}

function isShared(value: unknown): boolean {
  return typeof value === 'object' && value !== null && SharedRange.isOne(value);
}
