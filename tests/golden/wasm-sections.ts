/** Reads just enough of a WebAssembly binary to see its sections and its memory import. */

const SECTION_IMPORT = 2;
export const SECTION_DATA = 11;

export interface Section {
  readonly id: number;
  readonly content: Uint8Array;
}

export interface Limits {
  readonly shared: boolean;
  readonly minimum: number;
  readonly maximum: number | undefined;
}

class Reader {
  #at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new RangeError(`the module ends at byte ${String(this.#at)}`);
    this.#at += 1;
    return byte;
  }

  /** LEB128, unsigned. */
  integer(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  take(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  skipName(): void {
    this.take(this.integer());
  }
}

export function sectionsOf(module: Uint8Array): Section[] {
  const reader = new Reader(module);
  if (Buffer.from(reader.take(8)).toString('latin1') !== '\0asm\x01\0\0\0')
    throw new TypeError('not a WebAssembly module');
  const sections: Section[] = [];
  while (!reader.atEnd) {
    const id = reader.byte();
    sections.push({ id, content: reader.take(reader.integer()) });
  }
  return sections;
}

/** Limits of the imported memory, undefined when none is imported. Expects functions and memories only. */
export function importedMemory(module: Uint8Array): Limits | undefined {
  const section = sectionsOf(module).find(({ id }) => id === SECTION_IMPORT);
  if (section === undefined) return undefined;
  const reader = new Reader(section.content);
  for (let left = reader.integer(); left > 0; --left) {
    reader.skipName();
    reader.skipName();
    const kind = reader.byte();
    if (kind === 2) {
      const flags = reader.byte();
      const minimum = reader.integer();
      return { shared: (flags & 2) !== 0, minimum, maximum: (flags & 1) !== 0 ? reader.integer() : undefined };
    }
    if (kind !== 0) throw new TypeError(`expected functions and a memory among the imports, got kind ${String(kind)}`);
    reader.integer();
  }
  return undefined;
}
