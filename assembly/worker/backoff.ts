/**
 * Back-off: a worker whose look at the queues found nothing leaves them alone for a moment. Every look takes the queue's
 * lines away from the submitter, which waits for them at its next publication; where tasks come faster than that, one look
 * for many of them is cheaper for both. Grows while looks find many tasks, as interrupt moderation in network drivers does.
 * docs/protocols/find.md#back-off
 */
import { CRITICAL, HIGH } from '../../src/abi/codes';
import { WORKER_ATTENTION } from '../../src/abi/layout';
import { spinSweeps, workerBlock } from '../memory/region';
import { load32 } from '../sync/atomics';
import { beginSearch } from './idle';
import { levels } from './level';

/** The shortest is so small a part of the spin before a worker parks: 0.25 µs of 20; one-at-a-time guards it. */
const SHARE_OF_SPIN: i32 = 80;
/** The longest is 32 times the shortest: 8 µs; kernel-promise and handler-promise guard it. */
const DOUBLINGS: i32 = 5;
/** So many tasks between two empty looks double the next back-off, so few halve it. */
const MANY: i32 = 4;
const FEW: i32 = 1;
/** An empty look always clears these. */
const URGENT_BITS: i32 = (1 << CRITICAL) | (1 << HIGH);

let doublings: i32 = 0;
let found: i32 = 0;
let over: bool = false;

/** Whether an empty look is followed by a back-off: then the look may leave the level word as it is. */
export function backsOffNext(): bool {
  return !over && spinSweeps > 0;
}

/** Worker, for each task it has found. */
export function countFound(): void {
  found += 1;
  over = false;
}

function adapt(): void {
  if (found >= MANY && doublings < DOUBLINGS) doublings += 1;
  else if (found <= FEW && doublings > 0) doublings -= 1;
  found = 0;
}

/** The bits of Normal and Low that stand already: whether they mean anything only the look behind the back-off tells. */
export function bitsToIgnore(): i32 {
  return levels() & ~URGENT_BITS; // an empty look has cleared those: one that is set again came since
}

/** Whether there is something to look at now: an alert, or a bit that was not to be ignored. */
export function endsEarly(ignored: i32): bool {
  return load32(workerBlock + WORKER_ATTENTION) != 0 || (levels() & ~ignored) != 0;
}

/**
 * Worker, after an empty look.
 *
 * @returns whether to look again; false when the look before was the one after a back-off
 */
export function backOff(): bool {
  if (!backsOffNext()) {
    over = false;
    return false;
  }
  over = true;
  adapt();
  beginSearch(); // publishers rely on the look behind it, as on any searcher's
  const sweeps = (spinSweeps / SHARE_OF_SPIN) << doublings;
  const ignored = bitsToIgnore();
  for (let sweep = 0; sweep < sweeps; ++sweep) if (endsEarly(ignored)) break;
  return true;
}
