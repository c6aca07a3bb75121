/** What may be left when a scenario has ended: nothing. */
import assert from 'node:assert/strict';
import * as codes from '../../../src/abi/codes.ts';
import * as layout from '../../../src/abi/layout.ts';
import { auditMemory } from '../../support/audit.ts';
import type { ModelMemory } from '../memory.ts';

// What the queues hold and what the corrections say cancel out, over all blocks.
function queuedTasks(model: ModelMemory, level: number): number {
  let sum = model.levelEntries(level).length;
  for (let submitter = 0; submitter < model.submitters; ++submitter) {
    sum += model.word(model.submitterBlock(submitter) + layout.SUBMITTER_QUEUED_CORRECTION + level * 4);
  }
  for (let worker = 0; worker < model.workers; ++worker) {
    sum += model.word(model.workerBlock(worker) + layout.WORKER_QUEUED_CORRECTION + level * 4);
  }
  return sum;
}

/**
 * No slot, block or page is in use, lost or in two places; no task counts as queued or in hand.
 *
 * @param cancelled slots whose entries nobody has popped yet
 */
export function nothingIsLeft(model: ModelMemory, cancelled = 0): void {
  assert.deepEqual(auditMemory(model.memory.buffer), {
    ...{ live: cancelled, lostSlots: 0, usedBytes: 0, looseBlocks: 0, takenPages: 0, doubles: 0 },
  });
  for (let level = 0; level < codes.LEVELS; ++level) {
    assert.equal(queuedTasks(model, level), 0, `counted as queued at level ${String(level)}`);
  }
  for (let worker = 0; worker < model.workers; ++worker) {
    const inHand = model.word(model.workerBlock(worker) + layout.WORKER_IN_HAND);
    assert.equal(inHand, 0, `counted as in the hand of worker ${String(worker)}`);
  }
}
