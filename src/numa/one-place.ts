import type { NodeLoads, Placement } from './placement.ts';

const NOWHERE_ELSE: readonly number[] = [];

/** Where there is nothing to decide. */
export class OnePlace implements Placement {
  loads: NodeLoads = { loadOf: () => 0 };

  choose(): number {
    return 0;
  }

  assigned(): void {
    // Nothing was decided.
  }

  moved(): void {
    // There is nowhere else.
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
