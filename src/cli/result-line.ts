/**
 * The line that stands for a result: a string as it is, anything else as JSON. Typed arrays become JSON arrays, and
 * undefined, which JSON does not have, becomes null.
 * @throws {TypeError} when JSON cannot hold the value: a BigInt, a cycle
 */
export function resultLine(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol') return 'null';
  return typeof value === 'object' ? JSON.stringify(value, plain) : JSON.stringify(value);
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof ArrayBuffer) return [...new Uint8Array(value)];
  if (value instanceof DataView) return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  return isTypedArray(value) ? Array.from<number | bigint>(value) : value;
}

function isTypedArray(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value);
}
