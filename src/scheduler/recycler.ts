import { WorkStealingError } from '../base/errors.ts';
import { Patience } from './patience.ts';
import type { WorkerThread } from './worker-thread.ts';

/** How long `teardown` of a worker that retires may take. A guess. */
const TEARDOWN_MS = 5000;
/** How long a worker that said it stopped may take to leave by itself: its output is still being written. */
export const LEAVE_MS = 500;

/** A worker, as far as it retires. */
export type Leaver = Pick<WorkerThread, 'index' | 'retire' | 'stopped' | 'exited' | 'terminate'>;

/**
 * Lets workers go whose heap has grown too large, one at a time, so that the others go on meanwhile. docs/limits.md#recycling
 *
 *     state of a worker \ event   heap full   its turn     stays, again   stays    leaves      exit        successor works
 *     none                        → waiting   –            –              –        –           –           –
 *     waiting                     –           → retiring   –              –        –           → none      –
 *     retiring                    –           –            → waiting      → none   → leaving   lost        → none, the next one's turn
 *     leaving                     –           –            –              –        –           replaced    → none, the next one's turn
 */
export class Recycler {
  readonly #onTeardownError: (error: unknown) => void;
  readonly #waiting = new Set<Leaver>();
  /** Retiring, leaving, or gone and to be replaced. */
  #current: Leaver | undefined;
  #isLeaving = false;

  /** @param onTeardownError told what teardown threw, or that it took too long */
  constructor(onTeardownError: (error: unknown) => void) {
    this.#onTeardownError = onTeardownError;
  }

  /** A worker should retire. */
  add(thread: Leaver): void {
    this.#waiting.add(thread);
    this.#next();
  }

  /** It has tasks that do not end, and goes on working. @param again it should be told once more */
  stay(thread: Leaver, again: boolean): void {
    if (this.#current !== thread) return;
    this.#current = undefined;
    if (again) this.#waiting.add(thread); // behind the others
    this.#next();
  }

  /** A worker has exited, however. @returns whether it left with nothing in its hands */
  remove(thread: Leaver): boolean {
    this.#waiting.delete(thread);
    return this.#current === thread && this.#isLeaving;
  }

  /** A successor works. */
  succeed(index: number): void {
    if (this.#current?.index !== index) return;
    this.#current = undefined;
    this.#isLeaving = false;
    this.#next();
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const [thread] = this.#waiting;
    if (thread === undefined) return;
    this.#waiting.delete(thread);
    this.#current = thread;
    thread.retire();
  }

  /** A worker has nothing left in its hands: it runs its teardown and exits. */
  async leave(thread: Leaver): Promise<void> {
    this.#isLeaving = true;
    const time = new Patience(TEARDOWN_MS);
    const outcome = await time.wait(Promise.race([thread.stopped, thread.exited.then(() => undefined)]));
    time.end();
    if (outcome === undefined) this.#onTeardownError(tooLong());
    else if (outcome.value !== undefined) this.#onTeardownError(outcome.value);
    const leave = new Patience(outcome === undefined ? 0 : LEAVE_MS);
    await leave.wait(thread.exited);
    leave.end();
    await thread.terminate();
  }
}

function tooLong(): WorkStealingError {
  return new WorkStealingError(
    'ERR_TASK_TIMEOUT',
    `expected teardown() of a worker that is replaced to end within ${String(TEARDOWN_MS)} ms, but it went on: it was cut off`,
    { name: 'TimeoutError', timeoutMs: TEARDOWN_MS, task: 'teardown' },
  );
}
