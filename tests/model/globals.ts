/**
 * Exports the mutable globals of a WebAssembly binary, so that a virtual thread can be put back to a state of before
 * without a new instance. Reads only what a module of this project has: no imported globals, constant initialisers.
 */
const GLOBAL_SECTION = 6;
const EXPORT_SECTION = 7;
const GLOBAL_KIND = 3;
const MUTABLE = 1;
const END = 0x0b;

/** Prefix of the names that `exportGlobals` adds. */
export const GLOBAL_PREFIX = 'global:';

class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new Error('expected a whole WebAssembly module, got a truncated one');
    return value;
  }

  unsigned(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  bytes.push(value);
  return bytes;
}

function skipInitialiser(reader: Reader): void {
  const opcode = reader.byte();
  if (opcode === 0x43) reader.at += 4;
  else if (opcode === 0x44) reader.at += 8;
  else if (opcode === 0x41 || opcode === 0x42) reader.unsigned();
  else throw new Error(`expected a constant initialiser of a global, got opcode ${String(opcode)}`);
  if (reader.byte() !== END) throw new Error('expected one constant in the initialiser of a global');
}

function mutableGlobals(reader: Reader): number[] {
  const count = reader.unsigned();
  const found: number[] = [];
  for (let index = 0; index < count; ++index) {
    reader.byte(); // value type
    if (reader.byte() === MUTABLE) found.push(index);
    skipInitialiser(reader);
  }
  return found;
}

function withExports(section: Uint8Array, globals: readonly number[]): number[] {
  const reader = new Reader(section, 0);
  const count = reader.unsigned();
  const added = globals.flatMap((index) => {
    const name = [...Buffer.from(GLOBAL_PREFIX + String(index))];
    return [...unsigned(name.length), ...name, GLOBAL_KIND, ...unsigned(index)];
  });
  return [...unsigned(count + globals.length), ...section.subarray(reader.at), ...added];
}

/** @returns the module with every mutable global exported under GLOBAL_PREFIX and its index */
export function exportGlobals(binary: Uint8Array): Uint8Array<ArrayBuffer> {
  const reader = new Reader(binary, 8);
  const parts: number[][] = [[...binary.subarray(0, 8)]];
  let globals: number[] = [];
  while (reader.at < binary.length) {
    const id = reader.byte();
    const size = reader.unsigned();
    const body = binary.subarray(reader.at, reader.at + size);
    if (id === GLOBAL_SECTION) globals = mutableGlobals(new Reader(body, 0));
    const content = id === EXPORT_SECTION ? withExports(body, globals) : [...body];
    parts.push([id, ...unsigned(content.length), ...content]);
    reader.at += size;
  }
  return Uint8Array.from(parts.flat());
}

/** Of an i64 it is a bigint. */
export function valueOf(global: WebAssembly.Global): number | bigint {
  const value: unknown = global.value;
  return typeof value === 'bigint' ? value : Number(value);
}

/** Mixes it into a hash function, all of its bits. */
export function foldValue(value: number | bigint, mix: (word: number) => void): void {
  if (typeof value === 'number') {
    mix(value | 0);
    return;
  }
  mix(Number(BigInt.asIntN(32, value)));
  mix(Number(value >> 32n));
}
