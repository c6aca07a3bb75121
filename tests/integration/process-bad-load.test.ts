/** Everything that bad-load.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./bad-load.test.ts'), {
  only: [
    'more tasks than capacity (object): they wait, and all run',
    'maxQueue exceeded: ERR_QUEUE_FULL at once, those that wait still run',
    '10,000 queued tasks, drain false: each settles once',
    'by force while a nested task that nobody awaits never ends',
    'aborted already: AbortError with the reason, nothing is submitted',
    'stopped early: the source is told, what is in flight is cancelled',
  ],
});
