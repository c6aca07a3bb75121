/** Everything that bad-handlers.test.ts says, with the workers in a process of their own. */
import { isolateEngines } from '../support/isolation.ts';

isolateEngines();
await import('./bad-handlers.test.ts');
