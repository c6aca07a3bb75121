/** Everything that map.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./map.test.ts'), {
  only: [
    'yields in the order of the items, whatever the source',
    'never pulls the source more than `concurrency` ahead of the consumer',
    'break returns the source and cancels what is in flight',
    'a task that fails ends it and returns the source, even one that is stuck',
    'its signal ends it: before, during, and while only the source is waited for',
  ],
});
