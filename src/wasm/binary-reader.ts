/** A section of a WebAssembly module. */
export interface Section {
  readonly id: number;
  /** Where its id stands. */
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

/** Reads numbers from a WebAssembly module that compiles: nothing in it is checked again. */
export class BinaryReader {
  /** The next byte that is read. */
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.#bytes[this.at] ?? 0;
    this.at += 1;
    return byte;
  }

  /** LEB128, unsigned; up to 64 bits, of which those beyond 2⁵³ are rounded. */
  integer(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
}

/** Bytes of a module before its first section: the magic word and the version. */
const PREAMBLE_BYTES = 8;

/** All sections of a module that compiles. */
export function sectionsOf(bytes: Uint8Array): readonly Section[] {
  const sections: Section[] = [];
  const reader = new BinaryReader(bytes, PREAMBLE_BYTES);
  while (reader.at < bytes.length) {
    const start = reader.at;
    const id = reader.byte();
    const length = reader.integer();
    sections.push({ id, start, contentStart: reader.at, end: reader.at + length });
    reader.at += length;
  }
  return sections;
}

/** A whole number below 2³² as LEB128. */
export function lebOf(value: number): readonly number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}
