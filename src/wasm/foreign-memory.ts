import { PAGE_BYTES } from '../abi/layout.ts';
import { BinaryReader, lebOf, type Section } from './binary-reader.ts';

const SECTION_MEMORY = 5;
const FLAG_MAXIMUM = 1;

/** The memory that a module declares. */
export interface DeclaredMemory {
  /** undefined: not one, or one that is shared or has 64-bit addresses. */
  readonly minimumBytes: number | undefined;
  readonly maximumBytes: number;
}

/** Of a module that imports nothing. */
export function declaredMemory(bytes: Uint8Array, sections: readonly Section[]): DeclaredMemory {
  const none = { minimumBytes: undefined, maximumBytes: Infinity };
  const section = sections.find(({ id }) => id === SECTION_MEMORY);
  if (section === undefined) return none;
  const reader = new BinaryReader(bytes, section.contentStart);
  const count = reader.integer();
  const flags = reader.byte();
  if (count !== 1 || (flags & ~FLAG_MAXIMUM) !== 0) return none;
  const minimumBytes = reader.integer() * PAGE_BYTES;
  return { minimumBytes, maximumBytes: flags === FLAG_MAXIMUM ? reader.integer() * PAGE_BYTES : Infinity };
}

/**
 * The module with another maximum for its memory, so that no instance of it grows beyond: `memory.grow` gives −1 there.
 *
 * @param maximumBytes at least what its memory begins with
 */
export function withMaximum(bytes: Uint8Array, sections: readonly Section[], maximumBytes: number): Uint8Array {
  const { minimumBytes = 0 } = declaredMemory(bytes, sections);
  const maximum = Math.floor(maximumBytes / PAGE_BYTES);
  const content = [1, FLAG_MAXIMUM, ...lebOf(minimumBytes / PAGE_BYTES), ...lebOf(maximum)];
  const { start = 0, end = 0 } = sections.find(({ id }) => id === SECTION_MEMORY) ?? {};
  const section = [SECTION_MEMORY, ...lebOf(content.length), ...content];
  return Buffer.concat([bytes.subarray(0, start), Uint8Array.from(section), bytes.subarray(end)]);
}
