import * as requeue from '../scenarios/requeue.ts';
import type { Mutant } from './mutant.ts';

const file = 'assembly/worker/recovery.ts';

export const requeueMutants: readonly Mutant[] = [
  {
    is: 'mail that is not marked as such',
    why: 'what its worker had in hand goes to any other',
    file: 'assembly/abi.ts',
    find: 'flags | META_MAILED',
    put: 'flags',
    by: 'mail goes to the successor only',
    scenario: requeue.mailOfTheLost,
    preemptions: 0,
  },
  {
    is: 'mail that a recovery gives to everybody',
    why: 'a broadcast comes to one worker twice, to another never',
    file,
    find: '  if (meta & META_MAILED) {',
    put: '  if (meta & META_MAILED && index < 0) {',
    by: 'mail goes to the successor only',
    scenario: requeue.mailOfTheLost,
    preemptions: 0,
  },
  {
    is: 'a nested task that is queued again by the host',
    why: 'lent places do not look there: who waits for it waits for ever',
    file,
    find: '  } else if (isNested(meta)) {',
    put: '  } else if (isNested(meta) && index < 0) {',
    by: 'nested tasks are where lent places look',
    scenario: requeue.nestedOfTheLost,
    preemptions: 0,
  },
  {
    is: 'staged tasks that are published last',
    why: 'what is queued again takes their place in the ring',
    file,
    find: '  publishStaged(lost + 1);\n  finishMoves(lost);\n',
    put: '  finishMoves(lost);\n  publishStaged(lost + 1);\n',
    by: 'nested tasks are where lent places look',
    scenario: requeue.nestedBehindStaged,
    preemptions: 0,
  },
  {
    is: 'a recovery that tells nobody of completions without an owner',
    why: 'they lie in an inbox for ever if who brought them died before it told',
    file,
    find: '    if (load32(block + SUBMITTER_FOREIGN) != 0) tellOfForeign(submitter);\n',
    put: '',
    by: 'who delivers to a place without an owner dies',
    scenario: requeue.delivererDies,
    preemptions: 0,
  },
  {
    is: 'a loss that is counted though the task is not queued again',
    why: 'it is counted once more when the task fails',
    file,
    find: '    storeOwned32(slot + SLOT_RETRIES, retries);\n',
    put: '',
    by: 'a task that is taken from its worker while it is queued again',
    scenario: requeue.takenWhileRetried,
    preemptions: 2,
  },
];
