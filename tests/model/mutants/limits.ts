import * as limits from '../scenarios/limits.ts';
import type { Mutant } from './mutant.ts';

const LATE = 'a limit that is kept when its task is over';
const LOOK = 'limits are written while the host looks';
const file = 'assembly/worker/limits.ts';

export const limitMutants: readonly Mutant[] = [
  {
    is: 'a wish to stop that names no task',
    why: 'it comes late, and the next task in that slot is asked to stop',
    file: 'assembly/memory/slab.ts',
    find: 'return ((generationOf(state) << ASKED_SHIFT) as i32) | by;',
    put: 'return by;',
    by: LATE,
    scenario: limits.lateRequest,
    preemptions: 3,
  },
  {
    is: 'a limit that takes whatever runs in the slot',
    why: 'the next task is taken from its worker',
    file,
    find: 'if (condemnSlotIn(index, state)) alert(',
    put: 'if (condemnSlotIn(index, load64(slot + SLOT_STATE))) alert(',
    by: LATE,
    scenario: limits.lateCondemnation,
    preemptions: 3,
  },
  {
    is: 'a look that ends the plan when it is over',
    why: 'a limit that was written meanwhile, and trusted the old plan, is kept by nobody',
    file,
    find: '  lookBy(nowMs + next);\n  return true;',
    put: '  exchange32(LIMIT_LOOK, 0);\n  lookBy(nowMs + next);\n  return true;',
    by: LOOK,
    scenario: limits.nobodyForgotten,
    preemptions: 2,
  },
  {
    is: 'a look that is planned by a store',
    why: 'the later of two limits puts the look off',
    file,
    find: '    if (cas32(LIMIT_LOOK, planned, at)) return true;',
    put: '    exchange32(LIMIT_LOOK, at);\n    return true;',
    by: LOOK,
    scenario: limits.nobodyForgotten,
    preemptions: 2,
  },
];
