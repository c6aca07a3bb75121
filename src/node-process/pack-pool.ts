import { PackedInputs } from './packed-inputs.ts';

/** Packs that are kept for use again: as many as may be on their way at once. A guess. */
const SPARE_PACKS = 4;

/** Memory for inputs that are packed: what is on its way to a process comes back when it is written. */
export class PackPool {
  readonly #spare: PackedInputs[] = [];

  /** One that nobody else has. */
  take(): PackedInputs {
    return this.#spare.pop() ?? new PackedInputs();
  }

  /** What it holds was sent or copied; what was lent of it may still be on its way. */
  giveBack(packed: PackedInputs): void {
    packed.whenBack(() => {
      if (this.#spare.length < SPARE_PACKS) this.#spare.push(packed);
    });
  }
}
