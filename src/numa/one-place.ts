import type { Placement } from './placement.ts';

const NOWHERE_ELSE: readonly number[] = [];

/** Where there is nothing to decide, and nothing to count. */
export class OnePlace implements Placement {
  readonly isLate = false;

  choose(): number {
    return 0;
  }

  assigned(): void {
    // Nothing was decided.
  }

  waits(): void {
    // Nothing was decided.
  }

  released(): void {
    // There is nowhere else.
  }

  putBack(): void {
    // There is nowhere else.
  }

  load(): void {
    // Nobody asks.
  }

  nearest(): readonly number[] {
    return NOWHERE_ELSE;
  }

  close(): void {
    // There is nowhere else.
  }

  isOpen(): boolean {
    return true;
  }
}
