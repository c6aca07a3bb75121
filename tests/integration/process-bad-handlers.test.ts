/** Everything that bad-handlers.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./bad-handlers.test.ts'), {
  except: [
    'closing at once after a worker is lost, while the next one starts',
    'with nested tasks (echo) in flight: drain and close end, later nested tasks work',
    'with nested tasks (later) in flight: drain and close end, later nested tasks work',
    'again and again: the engine gives up with a reason, and closes',
  ],
});
