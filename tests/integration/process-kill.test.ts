/** Everything that kill.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./kill.test.ts'), {
  only: [
    'is ended with its worker: spinForEver',
    'a kernel: after its time-out',
    'one that stops in time keeps its worker',
    'a nested one: its submitter has it ended',
    'a task whose worker was lost runs again, so often and no more',
    'a broadcast comes to the same worker again',
  ],
});
