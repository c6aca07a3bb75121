/** Random numbers of kernels: xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators", 2016). */
import { seed, worker } from '../memory/region';
import { firstRandom } from './find';

let state: u64 = 0;

/** @returns a number in [0, 1), of 53 bits */
export function nextRandom(): f64 {
  if (state == 0) state = ((firstRandom(worker, ~seed) as u64) << 32) | (firstRandom(worker, seed) as u64);
  state ^= state >>> 12;
  state ^= state << 25;
  state ^= state >>> 27;
  return (((state * 0x2545_f491_4f6c_dd1d) >>> 11) as f64) * 2 ** -53;
}
