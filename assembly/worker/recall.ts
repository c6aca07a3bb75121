/**
 * Recall: workers keep a few free blocks each, and those may be what a payload lacks. Whoever found no room asks for them;
 * a worker answers between two tasks, searching, dozing or when it is woken. docs/protocols/pool.md#recall
 */
import { ATTENTION_RECALL } from '../../src/abi/codes';
import { WORKER_ATTENTION, WORKER_CURRENT } from '../../src/abi/layout';
import { blockBytes, flushBlocks, keepsBlocks, mayHaveFree } from '../memory/pool';
import { workerBlock, workerBlockOf, workers } from '../memory/region';
import { and32, load32, loadRacy32 } from '../sync/atomics';
import { alert } from './idle';

/**
 * Asks all workers that keep blocks, if there may be room for so many bytes then.
 *
 * @returns whether to try again when they have answered; so if none was asked: one may have flushed by itself a moment ago
 */
export function recall(bytes: u32): bool {
  if (!mayHaveFree(blockBytes(bytes))) return false;
  for (let worker = 0; worker < workers; ++worker) if (keepsBlocks(worker + 1)) alert(worker, ATTENTION_RECALL);
  return true;
}

/** Worker: gives its blocks back. */
export function answerRecall(): void {
  flushBlocks();
  and32(workerBlock + WORKER_ATTENTION, ~ATTENTION_RECALL); // after the flush: pairs with the load of `isRecalling`
}

/** Whether a worker that runs no task has yet to answer. One that runs a task answers when it can. */
export function isRecalling(): bool {
  for (let worker = 0; worker < workers; ++worker) {
    const block = workerBlockOf(worker);
    if (load32(block + WORKER_ATTENTION) & ATTENTION_RECALL && loadRacy32(block + WORKER_CURRENT) < 0) return true;
  }
  return false;
}
