/** Names of words, for schedules that failed: taken from the layout, so that they are those of the sources. */
import * as layout from '../../src/abi/layout.ts';

/** So many blocks of one kind in a row. */
export interface NamedBlocks {
  readonly of: string;
  /** Of the layout's names for what is in one; none: names of absolute addresses, if the block is the first. */
  readonly prefix: string;
  readonly begin: number;
  readonly bytes: number;
  readonly count: number;
}

const ENTRIES = Object.entries(layout).sort(([, a], [, b]) => a - b);
/** Sizes and masks, not places. */
const NO_PLACE = /_(?:BYTES|SHIFT|MASK)$|^(?:HEADER_.*|LINE|CLASSES|RECORDS|BUCKETS.*|MAX_.*|LAYOUT_.*|HEADER)$/;

function fieldAt(prefix: string, offset: number): string {
  const field = ENTRIES.findLast(
    ([name, value]) =>
      name.startsWith(prefix) && value <= offset && (prefix !== '' || value > layout.HEADER) && !NO_PLACE.test(name),
  );
  if (field === undefined) return offset === 0 ? '' : ` +${String(offset)}`;
  const [name, value] = field;
  const rest = offset === value ? '' : ` +${String(offset - value)}`;
  return ` ${name.slice(prefix.length).toLowerCase().replaceAll('_', ' ')}${rest}`;
}

/** @returns the name of the word at an address, or undefined when it is in none of the blocks */
export function nameIn(blocks: readonly NamedBlocks[], address: number): string | undefined {
  const found = blocks.find(({ begin, bytes, count }) => address >= begin && address < begin + bytes * count);
  if (found === undefined) return undefined;
  const offset = address - found.begin;
  const inside = offset % found.bytes;
  if (found.of === 'header') return fieldAt('', address).trimStart();
  const field = found.prefix === '' ? (inside === 0 ? '' : ` +${String(inside)}`) : fieldAt(found.prefix, inside);
  return `${found.of} ${String(Math.floor(offset / found.bytes))}${field}`;
}
