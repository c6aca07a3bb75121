/** Everything that bad-kernels.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./bad-kernels.test.ts'), {
  only: [
    'tasks and kernels: the task fails, its worker goes on',
    'there is none',
    'relative, of another type',
    'a good module that holds no engine',
  ],
});
