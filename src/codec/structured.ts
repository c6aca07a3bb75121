/**
 * The structured clone through `node:v8`, for everything that has no faster form. It differs from `v8.serialize` in that
 * views travel as their own bytes only (not the pool that a small `Buffer` is cut from) and come back with buffers of
 * their own.
 *
 * V8's public serializer takes objects of the runtime that are written in JavaScript (`URL`, from Node 22 on `Blob`) for
 * plain ones without properties. Limit: those whose class is no global (`net.BlockList`) still pass as such.
 */
import { Deserializer, Serializer } from 'node:v8';

import { holdsPlatformObject } from './platform-object.ts';
import { bytesOf, viewFrom, viewTag } from './views.ts';

declare module 'v8' {
  interface Serializer {
    _setTreatArrayBufferViewsAsHostObjects(enabled: boolean): void;
  }
}

/** How V8 writes an object without properties: it begins, it ends, it had none. */
const EMPTY_OBJECT = Buffer.from([0x6f, 0x7b, 0]);

class StructuredWriter extends Serializer {
  constructor() {
    super();
    this._setTreatArrayBufferViewsAsHostObjects(true);
  }

  /** Called by the base class for views and for native objects such as ports. */
  _writeHostObject(value: object): void {
    const tag = ArrayBuffer.isView(value) ? viewTag(value) : undefined;
    if (!ArrayBuffer.isView(value) || tag === undefined) throw new TypeError('a native object cannot be cloned');
    const bytes = bytesOf(value);
    this.writeUint32(tag);
    this.writeUint32(bytes.byteLength);
    this.writeRawBytes(bytes);
  }
}

class StructuredReader extends Deserializer {
  /** Called by the base class where `_writeHostObject` wrote. */
  _readHostObject(): unknown {
    const tag = this.readUint32();
    const length = this.readUint32();
    const view = viewFrom(tag, this.readRawBytes(length), 0, length);
    if (view === undefined) throw new RangeError(`no view of kind ${String(tag)} has ${String(length)} bytes`);
    return view;
  }
}

/**
 * The serialised form of a value.
 * @throws whatever V8 or a getter of the value throws
 */
export function serialize(value: unknown): Uint8Array {
  // V8 leaves a module out of the bytes without a word. Nested ones are found by whoever reads: the counts do not match.
  if (value instanceof WebAssembly.Module) throw new TypeError('a WebAssembly.Module cannot be cloned');
  const writer = new StructuredWriter();
  writer.writeHeader();
  writer.writeValue(value);
  const bytes = writer.releaseBuffer();
  // Only a value in which something came out empty is looked through.
  if (bytes.includes(EMPTY_OBJECT) && holdsPlatformObject(value)) {
    throw new TypeError('an object of the runtime cannot be cloned: its data is out of reach');
  }
  return bytes;
}

/**
 * The value of what `serialize` made. `bytes` must not be shared memory.
 * @throws if the bytes are no serialised value
 */
export function deserialize(bytes: Uint8Array): unknown {
  const reader = new StructuredReader(bytes);
  reader.readHeader();
  const value: unknown = reader.readValue();
  return value;
}
