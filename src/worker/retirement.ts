import { setTimeout } from '../base/timers.ts';
import type { WorkerMessage } from './messages.ts';

/** How long places may stand empty for a worker that is to retire and has tasks that do not end. A guess. */
const PATIENCE_MS = 5000;

/** The loop of a worker, as far as it retires. */
export interface Retiring {
  /** All places are taken: it could take nothing new anyway. */
  readonly isFull: boolean;
  /** Takes nothing new; when nothing is left in its hands, it stops. */
  retire(): void;
  /** Takes tasks again. @returns false when it has stopped */
  stay(): boolean;
}

/**
 * A worker whose heap has grown too large, and is to be replaced. docs/limits.md#recycling
 *
 *     state \ event   heap full       host: retire   nothing in hand   patience over
 *     working         ask → asking    –              –                 –
 *     asking          –               → retiring     –                 –
 *     retiring        –               –              → stopped         all places taken: ask → asking; else → working
 */
export class Retirement {
  readonly #loop: Retiring;
  readonly #send: (message: WorkerMessage) => void;
  readonly #onStay: () => void;

  /** @param onStay told when it goes on working; it may ask again */
  constructor(loop: Retiring, send: (message: WorkerMessage) => void, onStay: () => void) {
    this.#loop = loop;
    this.#send = send;
    this.#onStay = onStay;
  }

  /** The host lets it go. */
  begin(): void {
    this.#loop.retire();
    const timer = setTimeout(() => {
      this.#giveUp();
    }, PATIENCE_MS);
    timer.unref(); // the port holds the thread
  }

  // Nobody waits for ever on tasks that may never end; who has no free place keeps nobody waiting, and tries again.
  #giveUp(): void {
    const again = this.#loop.isFull;
    if (!this.#loop.stay()) return;
    this.#send({ type: 'stays', again });
    if (!again) this.#onStay();
  }
}
