/** Everything that bad-kernels.test.ts says, with the workers in a process of their own. */
import { isolateEngines } from '../support/isolation.ts';

isolateEngines();
await import('./bad-kernels.test.ts');
