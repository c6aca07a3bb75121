import * as codes from '../../../src/abi/codes.ts';
import { delivery, mail } from '../scenarios/inbox.ts';
import type { Mutant } from './mutant.ts';

const file = 'assembly/worker/inbox.ts';
const mailbox = 'assembly/worker/mailbox.ts';

export const inboxMutants: readonly Mutant[] = [
  {
    is: 'the owner looks, then arms',
    why: 'it sleeps over a completion whose worker saw no bell',
    file,
    find: `  store32(submitterBlock + SUBMITTER_ARMED, bell);
  if (load32(submitterBlock + SUBMITTER_INBOX) == 0) return true;`,
    put: `  if (load32(submitterBlock + SUBMITTER_INBOX) == 0) {
    store32(submitterBlock + SUBMITTER_ARMED, bell);
    return true;
  }`,
    by: 'one worker delivers while the owner drains, arms and sleeps',
    scenario: delivery([1]),
    preemptions: 2,
    quick: true,
  },
  {
    is: 'a worker looks for a bell before it delivers',
    why: 'the owner arms and sleeps in between',
    file: 'assembly/worker/task.ts',
    find: `  put(index, submitter);
  letGoFinished();
  tell(submitter, meta);`,
    put: `  tell(submitter, meta);
  put(index, submitter);
  letGoFinished();`,
    by: 'one worker delivers while the owner drains, arms and sleeps',
    scenario: delivery([1]),
    preemptions: 2,
  },
  {
    is: 'a worker delivers by a store',
    why: 'a completion of another worker is lost',
    file,
    find: '    if (cas32(inbox, head, index + 1)) return;',
    put: '    store32(inbox, index + 1);\n    return;',
    by: 'two workers deliver',
    scenario: delivery([1, 1]),
    preemptions: 2,
  },
  {
    is: 'a worker links after it delivers',
    why: 'the owner follows what stood there before',
    file,
    find: `    storeOwned32(linkAt(index), head); // still ours: published by the CAS
    if (cas32(inbox, head, index + 1)) return;`,
    put: `    if (cas32(inbox, head, index + 1)) {
      storeOwned32(linkAt(index), head);
      return;
    }`,
    by: 'one worker delivers while the owner drains, arms and sleeps',
    scenario: delivery([2]),
    preemptions: 2,
  },
  {
    is: 'the owner takes by load and store',
    why: 'what is delivered in between is lost',
    file,
    find: 'let newest = exchange32(submitterBlock + SUBMITTER_INBOX, 0);',
    put: 'let newest = load32(submitterBlock + SUBMITTER_INBOX);\n  store32(submitterBlock + SUBMITTER_INBOX, 0);',
    by: 'one worker delivers while the owner drains, arms and sleeps',
    scenario: delivery([2]),
    preemptions: 2,
  },
  {
    is: 'the owner does not turn the chain round',
    why: 'completions come in the wrong order',
    file,
    find: '    storeOwned32(link, oldest);\n    oldest = newest;\n',
    put: '    if (oldest == 0) oldest = newest;\n',
    by: 'one worker delivers while the owner drains, arms and sleeps',
    scenario: delivery([2]),
    preemptions: 0,
  },
  {
    is: 'a bell that rings nobody',
    why: 'the owner sleeps on',
    file,
    find: '  notify32(block + SUBMITTER_ARMED);\n',
    put: '',
    by: 'one worker delivers while the owner drains, arms and sleeps',
    scenario: delivery([1]),
    preemptions: 1,
  },
  {
    is: 'a worker runs out of work without a bell',
    why: 'the owner naps beside completions',
    file,
    find: '  if (!owed) return;',
    put: '  return;',
    by: 'a napping owner is rung by the worker that runs out of work',
    scenario: delivery([1], codes.ARMED_URGENT),
    preemptions: 2,
  },
  {
    is: 'a task is delivered before it has ended',
    why: 'its owner reads a running one',
    file: 'assembly/worker/task.ts',
    find: '  if (!finishSlot(slot, endStatus)) {\n    if (length != 0)',
    put: '  put(index, submitterOf(meta));\n  if (!finishSlot(slot, endStatus)) {\n    if (length != 0)',
    by: 'one worker delivers while the owner drains, arms and sleeps',
    scenario: delivery([1]),
    preemptions: 1,
  },
  {
    is: 'the mail bit is cleared after the take',
    why: 'mail that comes in between stays unseen',
    file: mailbox,
    find: `    and32(workerBlock + WORKER_ATTENTION, ~ATTENTION_MAIL); // before the take: mail that comes later sets it again
    storeOwned32(workerBlock + WORKER_MAIL_REST, exchange32(workerBlock + WORKER_MAILBOX, 0));`,
    put: `    storeOwned32(workerBlock + WORKER_MAIL_REST, exchange32(workerBlock + WORKER_MAILBOX, 0));
    and32(workerBlock + WORKER_ATTENTION, ~ATTENTION_MAIL);`,
    by: 'mail against a parking worker',
    scenario: mail([2]),
    preemptions: 3,
  },
  {
    is: 'a sender alerts before it mails',
    why: 'the worker sees no mail, and is told of none later',
    file: mailbox,
    find: '    if (cas32(box, head, index + 1)) break;\n  }\n  letGoTask();\n  alert(target, ATTENTION_MAIL);',
    put: '    alert(target, ATTENTION_MAIL);\n    if (cas32(box, head, index + 1)) break;\n  }',
    by: 'mail against a parking worker',
    scenario: mail([1]),
    preemptions: 3,
  },
  {
    is: 'a sender mails by a store',
    why: 'another sender’s mail is lost',
    file: mailbox,
    find: '    if (cas32(box, head, index + 1)) break;',
    put: '    exchange32(box, index + 1);\n    break;',
    by: 'mail against a parking worker',
    scenario: mail([1, 1]),
    preemptions: 2,
  },
];
