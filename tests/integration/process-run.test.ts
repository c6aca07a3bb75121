/** Everything that run.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./run.test.ts'), {
  only: [
    'gives the result of a handler, at every priority',
    'runs kernels, by themselves and beside handlers',
    'rejects with what the handler threw as cause',
    'runs at most `concurrency` asynchronous handlers at once on a worker, and that many if there are',
    'runs the task and tells nobody',
    'runs a handler once on every worker and gives the results by worker',
    'rejects with the first failure',
  ],
});
