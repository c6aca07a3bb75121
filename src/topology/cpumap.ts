/**
 * The kernel's mask format for sets of CPU numbers: words of 32 bits in hexadecimal, most significant first, as in
 * `0000,00000000,00ff00ff`. The first word may be narrower, and there may be more words than the machine has CPUs.
 * Source: lib/vsprintf.c, `bitmap_string`.
 */
import { MAX_CPU, type CpuList } from './cpulist.ts';

const WORD_BITS = 32;
const MOST_WORDS = (MAX_CPU + 1) / WORD_BITS;
const WORD = /^[0-9a-f]{1,8}$/i;

/** Reads a mask; an empty text is none, as the kernel prints the empty set as zeros. */
export function parseCpuMap(text: string): CpuList {
  const words = text.trim().split(',').toReversed();
  const wrong = words.find((word) => !WORD.test(word));
  if (wrong !== undefined) {
    return { ok: false, reason: `expected words of up to 8 hex digits, got ${JSON.stringify(wrong.slice(0, 40))}` };
  }
  if (words.length > MOST_WORDS) {
    return { ok: false, reason: `expected up to ${String(MOST_WORDS)} words, got ${String(words.length)}` };
  }
  return { ok: true, cpus: words.flatMap((word, i) => bitsOf(Number.parseInt(word, 16), i * WORD_BITS)) };
}

function bitsOf(word: number, from: number): number[] {
  const bits: number[] = [];
  for (let rest = word, bit = from; rest > 0; rest = Math.floor(rest / 2), bit++) {
    if (rest % 2 === 1) bits.push(bit);
  }
  return bits;
}
