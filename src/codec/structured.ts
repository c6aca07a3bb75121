/**
 * The structured clone through `node:v8`, for everything that has no faster form. It differs from `v8.serialize` in that
 * views travel as their own bytes only (not the pool that a small `Buffer` is cut from) and come back with buffers of
 * their own.
 *
 * Limit: from Node 22 on, V8's public serializer takes native objects written in JavaScript (`Blob`, `URL`, `KeyObject`)
 * for plain ones and copies their own enumerable properties, usually none; it gives no way to notice.
 */
import { Deserializer, Serializer } from 'node:v8';

import { bytesOf, viewFrom, viewTag } from './views.ts';

declare module 'v8' {
  interface Serializer {
    _setTreatArrayBufferViewsAsHostObjects(enabled: boolean): void;
  }
}

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
  return writer.releaseBuffer();
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
