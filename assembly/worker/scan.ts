/** Scan: is there anything in any queue? Loads only; used before sleeping and before waking another. */
import { LEVELS } from '../../src/abi/codes';
import { SUBMITTERS_IN_USE } from '../../src/abi/layout';
import { hasShared } from '../queue/share';
import { workers } from '../memory/region';
import { runQueueLength } from '../queue/run-queue';
import { submissionLength } from '../queue/submission';
import { load32 } from '../sync/atomics';

/** Whether a level has an entry in a submission queue or a run queue, or a frame to steal. */
export function levelHasWork(level: i32): bool {
  const submitters = load32(SUBMITTERS_IN_USE);
  for (let submitter = 0; submitter < submitters; ++submitter) {
    if (submissionLength(submitter, level) > 0) return true;
  }
  for (let index = 0; index < workers; ++index) {
    if (runQueueLength(index, level) > 0 || hasShared(index, level)) return true;
  }
  return false;
}

/** All queues of all levels, whatever the level word says. Mail is told by the attention word. */
export function hasWork(): bool {
  for (let level = 0; level < LEVELS; ++level) if (levelHasWork(level)) return true;
  return false;
}
