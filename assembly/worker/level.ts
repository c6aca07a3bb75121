/**
 * Level word: a bit per priority that may have work, so that looking for urgent work costs one load. A clear bit may be
 * wrong only while its publisher is between the publication and the `or`. docs/protocols/level-word.md
 */
import { LEVEL_WORD } from '../../src/abi/layout';
import { and32, load32, or32 } from '../sync/atomics';

export function levels(): i32 {
  return load32(LEVEL_WORD);
}

/** Publisher, after every publication into any queue of the level. */
export function announceLevel(level: i32): void {
  const bit = 1 << level;
  if ((load32(LEVEL_WORD) & bit) == 0) or32(LEVEL_WORD, bit);
}

/** Finder, after a scan of the level found nothing. The caller must scan all its queues again, whatever this did. */
export function clearLevel(level: i32): void {
  and32(LEVEL_WORD, ~(1 << level));
}
