/** Everything that nested.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./nested.test.ts'), {
  only: [
    'three deep, 100 roots, one worker, concurrency 1, capacity 64',
    'finish in 1 slots',
    'may be kernels, with and without a free slot',
    'that fail reject in the handler, which fails with the cause',
    'fail alike with and without a free slot: relay {"task":"fail","input":"deeper"}',
    'abort later, with and without a free slot',
    'nobody waits for are run before a draining close ends',
  ],
});
