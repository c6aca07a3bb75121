/** Everything that close.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./close.test.ts'), {
  only: [
    'of an idle engine: an empty report, everything rejects afterwards',
    'drains by default: what is queued runs, what comes later rejects',
    'drain: false rejects 10,000 queued tasks, on the workers and beyond the capacity',
    'drain: false ends handlers that never settle or block, and rejects them',
    'counts every task once, however it ended',
    'resolves at once when idle, else when everything has ended, nested tasks included',
    'by a getter of the input of run: it is refused',
  ],
});
