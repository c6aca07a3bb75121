import type { SharedBlock } from './shared-block.ts';
import { SharedRange } from './shared-range.ts';

/**
 * Memory that stays where it is, from `engine.allocate()`. Tasks get it, or parts of it, without a copy. It is the caller's until `free()`, or
 * the end of a scope with `using`; nobody else frees it.
 */
export class SharedBuffer extends SharedRange implements Disposable {
  /** @internal */
  constructor(block: SharedBlock) {
    super(block, 0, block.byteLength);
  }

  /** Whether `free()` was called. */
  get freed(): boolean {
    return this.block.isFreed;
  }

  /** How many tasks have it, or a part of it: those that were submitted and have not ended, also those whose promise was rejected early. */
  get tasks(): number {
    return this.block.tasks;
  }

  /**
   * Gives the memory back: at once, or when the last task that has it has ended. From the call on nobody may use it, or pass it to a task.
   *
   * @throws WorkStealingError ERR_BUFFER_FREED the second time
   */
  free(): void {
    this.block.free();
  }

  /** `using buffer = engine.allocate(…)` frees it at the end of the scope, unless `free()` did. */
  [Symbol.dispose](): void {
    if (!this.freed) this.free();
  }
}
