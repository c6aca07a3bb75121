/** Everything that memory-pressure.test.ts says, with the workers in a process of their own. */
import { isolateEngines } from '../support/isolation.ts';

isolateEngines();
await import('./memory-pressure.test.ts');
