/** Everything that kept.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./kept.test.ts'), {
  only: [
    'wait gives the result, before and after the task ended',
    'poll tells where a task stands',
    'release while queued cancels, while running drops, when done frees',
    'a forced close loses it: wait says so once, whether it ran or was queued',
  ],
});
