/** Everything that abort.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./abort.test.ts'), {
  only: [
    'aborted while queued: rejects at once and never runs',
    'aborted while it runs: an asynchronous handler hears context.signal',
    'aborts a running kernel, after which its worker parks again',
    'ten thousand tasks share one signal: one listener, no warning, all reject',
    'ends a running task that is too slow; a queued one has all its time',
    'rejects a task that waits too long, on the worker or beyond the capacity',
  ],
});
