/** Slots that only Critical tasks may take, at most. Guess. */
const CRITICAL_SLOTS = 64;

/** How many of the slots are for tasks of every priority. */
export function ordinaryCapacity(capacity: number): number {
  return capacity - Math.min(CRITICAL_SLOTS, capacity >> 4);
}
