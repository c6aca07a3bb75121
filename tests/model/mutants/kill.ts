import * as kill from '../scenarios/kill.ts';
import type { Mutant } from './mutant.ts';

const file = 'assembly/worker/recovery.ts';
const CONDEMNER = 'who takes a task from its worker dies at any step';

const LATE = 'a doom that comes late, and one that comes while the worker looks';

export const killMutants: readonly Mutant[] = [
  {
    is: 'a worker that finds its task taken and calls nobody',
    why: 'nobody ends it if the thread that took the task died before it called',
    file: 'assembly/worker/task.ts',
    find: '    callHost(); // who took the task may have died before it did\n',
    put: '',
    by: CONDEMNER,
    scenario: kill.condemnerDies,
    preemptions: 0,
  },
  {
    is: 'a recovery that does not doom for the dead',
    why: 'a task that was taken runs on, and nobody ends its worker',
    file,
    find: '    tellIfDoomed(index);\n',
    put: '',
    by: CONDEMNER,
    scenario: kill.endless,
    preemptions: 0,
  },
  {
    is: 'a doom that counts by itself',
    why: 'one that came late ends a worker that was just started',
    file: 'assembly/worker/doom.ts',
    find: '  if (condemnedOn(worker) != 0) return true;',
    put: '  if (true) return true;',
    by: LATE,
    scenario: kill.lateDoom,
    preemptions: 2,
  },
  {
    is: 'a doom that is put away and not looked for once more',
    why: 'a task that was taken meanwhile is run on for ever',
    file: 'assembly/worker/doom.ts',
    find: '  if (condemnedOn(worker) == 0) return false;',
    put: '  if (true) return false;',
    by: LATE,
    scenario: kill.seenDoom,
    preemptions: 2,
  },
];
