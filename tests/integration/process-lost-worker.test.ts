/** Everything that lost-worker.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./lost-worker.test.ts'), {
  only: [
    'rejects its task, tells so, is replaced; the engine goes on',
    'what was queued behind it is run by its replacement',
    'passes on a broadcast that it had taken out of its mailbox',
    'with nested tasks pending: drain and close end all the same',
  ],
});
