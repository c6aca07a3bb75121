/** Payloads to values. What comes back never refers to shared memory. */
import { WorkStealingError } from '../base/errors.ts';
import { copyOut } from './copies.ts';
import { deserializeFailure } from './failure.ts';
import { deserialize } from './structured.ts';
import { Tag } from './tags.ts';
import { TreeReader } from './tree-reader.ts';
import { viewFrom } from './views.ts';

/**
 * The value of a payload: of the tag and the f64 word alone if the tag is inline, else of the `length` bytes at `offset`.
 * @throws {WorkStealingError} ERR_NOT_SHAREABLE if the bytes hold no value of that tag
 */
export function decode(tag: number, number: number, buffer: Buffer, offset: number, length: number): unknown {
  switch (tag) {
    case Tag.Number:
      return number;
    case Tag.Undefined:
      return undefined;
    case Tag.Null:
      return null;
    case Tag.False:
      return false;
    case Tag.True:
      return true;
    default:
      try {
        return decodeBytes(tag, buffer, offset, length);
      } catch (cause) {
        const came = `${String(length)} bytes of tag ${String(tag)} that hold none`;
        const wayOut = 'pass no WebAssembly.Module inside of an object, and write to no memory but the own payload';
        throw new WorkStealingError('ERR_NOT_SHAREABLE', `expected an encoded value, got ${came}: ${wayOut}`, {
          cause,
        });
      }
  }
}

function decodeBytes(tag: number, buffer: Buffer, offset: number, length: number): unknown {
  if (offset + length > buffer.length) throw new RangeError('the payload ends outside the memory');
  switch (tag) {
    case Tag.Tree:
      return new TreeReader(buffer, offset, length).read();
    case Tag.Latin1:
      return buffer.toString('latin1', offset, offset + length);
    case Tag.Utf16:
      if (length % 2 !== 0) throw new RangeError('a UTF-16 string has an even number of bytes');
      return buffer.toString('utf16le', offset, offset + length);
    case Tag.String:
      return buffer.toString('utf8', offset, offset + length);
    case Tag.Structured:
      return deserialize(copyOut(buffer, offset, length));
    case Tag.Error:
      return deserializeFailure(copyOut(buffer, offset, length));
    default: {
      const view = viewFrom(tag, buffer, offset, length);
      if (view === undefined) throw new RangeError('no such tag, or not a whole number of elements');
      return view;
    }
  }
}
