/** Everything that bad-paths.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./bad-paths.test.ts'), {
  except: ['a task module whose path has spaces, #, %, ? and umlauts', 'no path at all: a program on the command line'],
});
