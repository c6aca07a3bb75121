import { BinaryReader, type Section } from './binary-reader.ts';

const SECTION_TYPE = 1;
const SECTION_FUNCTION = 3;
const SECTION_EXPORT = 7;
const FUNCTION_TYPE = 0x60;
const KIND_FUNCTION = 0;
const VALUE_TYPES = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
]);
/** References that name their heap type behind them. */
const TYPED_REFERENCES = [0x63, 0x64];

/**
 * Signatures of the exported functions, in the order of `WebAssembly.Module.exports`, as '(i32, i32) → i32'; JavaScript tells none.
 * Of a module that imports nothing.
 *
 * @returns undefined for exports that are no functions; types that are not of WebAssembly 2.0 are '?'
 */
export function exportedSignatures(bytes: Uint8Array, sections: readonly Section[]): readonly (string | undefined)[] {
  const readerOf = (wanted: number): BinaryReader | undefined => {
    const section = sections.find(({ id }) => id === wanted);
    return section === undefined ? undefined : new BinaryReader(bytes, section.contentStart);
  };
  const types = listOf(readerOf(SECTION_TYPE), signature);
  const functions = listOf(readerOf(SECTION_FUNCTION), (reader) => reader.integer());
  return listOf(readerOf(SECTION_EXPORT), (reader) => {
    const nameLength = reader.integer();
    reader.at += nameLength;
    const kind = reader.byte();
    const index = reader.integer();
    return kind === KIND_FUNCTION ? (types[functions[index] ?? -1] ?? '?') : undefined;
  });
}

function listOf<T>(reader: BinaryReader | undefined, read: (reader: BinaryReader) => T): readonly T[] {
  if (reader === undefined) return [];
  return Array.from({ length: reader.integer() }, () => read(reader));
}

// Nothing behind a type that is no function's can be told: it may be of any length.
function signature(reader: BinaryReader): string {
  const start = reader.at;
  if (reader.byte() !== FUNCTION_TYPE) {
    reader.at = start;
    return '?';
  }
  const parameters = listOf(reader, valueType);
  const results = listOf(reader, valueType);
  return `(${parameters.join(', ')}) → ${results.length === 1 ? String(results[0]) : `(${results.join(', ')})`}`;
}

function valueType(reader: BinaryReader): string {
  const code = reader.byte();
  if (TYPED_REFERENCES.includes(code)) reader.integer();
  return VALUE_TYPES.get(code) ?? 'reference';
}
