import { META_TAG_MASK, TAG_NUMBER } from '../abi/codes.ts';
import { decodeResult } from '../client/outcome.ts';
import { LENGTH_WORD, META_WORD, NUMBER_WORD, RECORD_WORDS, type RecordBytes } from './record.ts';

/** In place of a value: the bytes hold none. */
export const NO_RESULT = Symbol('no result');

/** What a task returned, by the record of its outcome, which is whole. @param at index of its words */
export function resultOf({ buffer, words, numbers }: RecordBytes, at: number): unknown {
  const tag = (words[at + META_WORD] ?? 0) & META_TAG_MASK;
  const number = numbers[(at + NUMBER_WORD) >> 1] ?? NaN;
  if (tag === TAG_NUMBER) return number;
  try {
    return decodeResult(tag, number, buffer, (at + RECORD_WORDS) << 2, words[at + LENGTH_WORD] ?? 0);
  } catch {
    return NO_RESULT;
  }
}
