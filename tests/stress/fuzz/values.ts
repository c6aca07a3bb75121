import { setImmediate as turn } from 'node:timers/promises';
import type { Random } from '../../support/random.ts';

const TYPED_ARRAYS = [Int8Array, Uint16Array, Int32Array, Float32Array, Float64Array] as const;
const TEXTS = ['', 'a', 'ä', '€', '\u{1f600}', '\ud800', '__proto__', 'x'.repeat(300)];

/** A value that the structured clone copies, of at most about so many bytes. */
export function randomValue(random: Random, bytes: number, depth = 3): unknown {
  if (depth > 0 && random.chance(0.5)) return randomContainer(random, bytes, depth);
  switch (random.below(7)) {
    case 0:
      return random.pick([0, -0, 1, -1, 0.5, NaN, Infinity, 2 ** 31, -(2 ** 53)]);
    case 1:
      return random.pick([null, undefined, true, false]);
    case 2:
      return BigInt(random.between(-1000, 1000)) ** 5n;
    case 3:
      return random.pick(TEXTS).repeat(1 + random.below(3));
    case 4:
      return 'y'.repeat(random.below(bytes + 1));
    case 5:
      return new (random.pick(TYPED_ARRAYS))(random.below(bytes / 8 + 1)).fill(random.below(100));
    default:
      return new Uint8Array(random.below(bytes + 1)).fill(random.below(256));
  }
}

function randomContainer(random: Random, bytes: number, depth: number): unknown {
  const length = random.below(5);
  const inner = (): unknown => randomValue(random, bytes / (length + 1), depth - 1);
  const members = Array.from({ length }, inner);
  switch (random.below(5)) {
    case 0:
      return members;
    case 1:
      return new Map(members.map((member, index) => [random.chance(0.5) ? index : `key ${String(index)}`, member]));
    case 2:
      return new Set(members);
    case 3:
      return new Date(random.below(2 ** 31));
    default:
      return Object.fromEntries(members.map((member, index) => [`name ${String(index)}`, member]));
  }
}

/** The values, each in a turn of its own. */
export async function* later(inputs: readonly unknown[]): AsyncGenerator {
  for (const input of inputs) {
    await turn();
    yield input;
  }
}
