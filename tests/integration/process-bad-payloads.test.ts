/** Everything that bad-payloads.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./bad-payloads.test.ts'), {
  except: [
    'one byte over the limit, in and out',
    'in and out do not fit at once: ERR_RESOURCE_EXHAUSTED, and the next task runs',
    '64 MiB with the defaults, there and back',
  ],
});
