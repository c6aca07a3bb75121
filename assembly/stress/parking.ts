/**
 * Parking: a submitter that publishes one task at a time while the workers are falling asleep. A lost wake-up leaves it waiting
 * until its patience ends. An entry of the checked build only; tests/stress/parking.test.ts. docs/protocols/idle.md
 *
 *   control block   +0 tasks run   +128 rounds begun
 */
import { submit } from '../abi';
import { add32, load32, store32 } from '../sync/atomics';
import { now } from '../sync/clock';
import { drainCompletions } from '../worker/drain';

const BEGUN: usize = 128;
const LEVEL: i32 = 2;

let control: usize = 0;
let random: u32 = 1;

function counted(_slot: usize): void {
  add32(control, 1);
}

/** First call, on every thread. */
export function parkingBegin(block: usize, seed: u32): void {
  control = block;
  random = seed == 0 ? 1 : seed;
}

/** Table index of the kernel that is submitted. */
export function parkingKernel(): i32 {
  return counted.index;
}

// xorshift32 (Marsaglia 2003)
function pause(most: u32): void {
  random ^= random << 13;
  random ^= random >>> 17;
  random ^= random << 5;
  for (let left = random % (most + 1); left > 0; --left) load32(control);
}

/**
 * Submits a task, waits until it has run, looks elsewhere for a random while, and again.
 *
 * @param most looks of the longest pause: a worker needs about half of them to fall asleep
 * @returns rounds that ended: fewer than asked for when a task had not run after `patienceMs`
 */
export function parkingRace(type: i32, rounds: i32, most: i32, patienceMs: i32): i32 {
  const before = load32(control);
  for (let round = 0; round < rounds; ++round) {
    store32(control + BEGUN, round + 1);
    if (submit(type, LEVEL, 0, 0, round as f64, 0, 0) < 0) return round;
    const deadline = now() + (patienceMs as f64) * 1000;
    for (let looks = 0; load32(control) - before <= round; ++looks) {
      if ((looks & 0xffff) == 0xffff && now() > deadline) return round;
    }
    pause(most as u32);
    while (drainCompletions(1024) > 0) continue;
  }
  return rounds;
}
