/** Everything that recycle.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./recycle.test.ts'), {
  only: [
    'is replaced: it tells so, tears down, and the next one begins anew',
    'finishes what it has in hand, nested tasks too, and takes nothing new',
  ],
});
