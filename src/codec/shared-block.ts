import { WorkStealingError } from '../base/errors.ts';

/**
 * A block of the pool that belongs to a thread's user, not to a task. Tasks borrow it: it goes back to the pool when it was freed and the
 * last of them has ended, so that no memory is used again under a task that runs.
 */
export class SharedBlock {
  /** Whose tasks may borrow it. */
  readonly owner: object;
  readonly memory: ArrayBufferLike;
  readonly address: number;
  readonly byteLength: number;
  /** How many tasks have it that have not ended. */
  tasks = 0;
  isFreed = false;
  readonly #release: () => void;

  /** @param release gives it back to the pool */
  constructor(owner: object, memory: ArrayBufferLike, address: number, byteLength: number, release: () => void) {
    this.owner = owner;
    this.memory = memory;
    this.address = address;
    this.byteLength = byteLength;
    this.#release = release;
  }

  /** @throws WorkStealingError ERR_BUFFER_FREED */
  check(): void {
    if (this.isFreed) throw freedError(this.byteLength, 'allocate another one, or free it after its last use');
  }

  /** A task has it from here on. @throws WorkStealingError ERR_BUFFER_FREED */
  borrow(): void {
    this.check();
    this.tasks += 1;
  }

  /** That task has ended. */
  giveBack(): void {
    this.tasks -= 1;
    if (this.isFreed && this.tasks === 0) this.#release();
  }

  /** @throws WorkStealingError ERR_BUFFER_FREED */
  free(): void {
    if (this.isFreed) throw freedError(this.byteLength, 'leave this free() out, only the first one counts');
    this.isFreed = true;
    if (this.tasks === 0) this.#release();
  }
}

function freedError(byteLength: number, wayOut: string): WorkStealingError {
  return new WorkStealingError(
    'ERR_BUFFER_FREED',
    `expected a SharedBuffer that was not freed, got one of ${String(byteLength)} bytes after its free(): ${wayOut}`,
    { size: byteLength },
  );
}
