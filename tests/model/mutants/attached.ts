import * as attached from '../scenarios/attached.ts';
import type { Mutant } from './mutant.ts';

const file = 'assembly/worker/recovery.ts';

export const attachedMutants: readonly Mutant[] = [
  {
    is: 'records that are left alone',
    why: 'results that nobody read are lost',
    file,
    find: '  freeRecords(block);\n',
    put: '',
    by: 'a task with a payload and a result',
    scenario: attached.payload,
    preemptions: 1,
  },
  {
    is: 'a kept task that is waited for though it was drained',
    why: 'its place is never free again',
    file,
    find: 'if (hasEnded(index) && metaOf(index) & META_DRAINED) {',
    put: 'if (hasEnded(index) && metaOf(index) & META_DRAINED && index < 0) {',
    by: 'a kept task',
    scenario: attached.kept,
    preemptions: 1,
  },
  {
    is: 'completions in order that are left alone',
    why: 'those that a thread had taken and not drained are lost',
    file,
    find: '  freeCompletions(takeOver(block, SUBMITTER_CHAIN));\n',
    put: '',
    by: 'a task in the spare slot',
    scenario: attached.spare,
    preemptions: 1,
  },
  {
    is: 'completions not in order yet that are left alone',
    why: 'a thread that ended while it turned the chain takes them with it',
    file,
    find: '  freeCompletions(takeOver(block, SUBMITTER_CHAIN_REST));\n',
    put: '',
    by: 'a task in the spare slot',
    scenario: attached.spare,
    preemptions: 1,
  },
  {
    is: 'a block that stays in hand after its task was published',
    why: 'it is freed twice',
    file: 'assembly/memory/hand.ts',
    find: `  storeOwned32(submitterBlock + SUBMITTER_HAND_SLOT, 0);
  storeOwned32(submitterBlock + SUBMITTER_HAND_BLOCK, 0);
`,
    put: '  storeOwned32(submitterBlock + SUBMITTER_HAND_SLOT, 0);\n',
    by: 'a task with a payload and a result',
    scenario: attached.payload,
    preemptions: 1,
  },
  {
    is: 'an inbox of the dead that is left to others',
    why: 'its place is not free though all of its tasks have ended',
    file,
    find: '  freeCompletions(exchange32(block + SUBMITTER_INBOX, 0)); // pairs',
    put: '  // pairs',
    by: 'tasks that have ended',
    scenario: attached.ended,
    preemptions: 0,
  },
];
