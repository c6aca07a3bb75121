/** Everything that run-many.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./run-many.test.ts'), {
  only: [
    'gives results in the order of the inputs, however many slots there are',
    'several at once, and others beside them, get their own results',
    'the first number that fails rejects it; the others are cancelled and give their slots back',
    'a forced close cancels the numbers that wait, wherever they do',
    'its signal and limits hold for each task',
  ],
});
