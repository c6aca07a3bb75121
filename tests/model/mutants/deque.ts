import { pushesAndSteals } from '../scenarios/deque.ts';
import type { Mutant } from './mutant.ts';

const file = 'assembly/queue/deque.ts';

const FIND_POP = `  store64(deque + QUEUE_BOTTOM, bottom); // before the load of top: a thief that misses it has raised top already
  const top = load64(deque + QUEUE_TOP);`;

const FIND_LAST = `  store64(deque + QUEUE_BOTTOM, bottom + 1);
  return won ? entry : EMPTY;`;

export const dequeMutants: readonly Mutant[] = [
  {
    is: 'pop loads top before it stores bottom',
    why: 'owner and thief take the same entry',
    file,
    find: FIND_POP,
    put: `  const top = load64(deque + QUEUE_TOP);
  store64(deque + QUEUE_BOTTOM, bottom);`,
    by: 'owner against one thief',
    scenario: pushesAndSteals('uuoo', 1, 2),
    preemptions: 4,
    quick: true,
  },
  {
    is: 'pop takes the last entry without a CAS',
    why: 'so does a thief',
    file,
    find: 'if (bottom > top) return entry;',
    put: 'if (bottom >= top) return entry;',
    by: 'owner against one thief',
    scenario: pushesAndSteals('uo', 1, 1),
    preemptions: 4,
  },
  {
    is: 'a pop that lost the last entry leaves bottom below top',
    why: 'the next push is lost',
    file,
    find: FIND_LAST,
    put: `  if (won) store64(deque + QUEUE_BOTTOM, bottom + 1);
  return won ? entry : EMPTY;`,
    by: 'owner against one thief',
    scenario: pushesAndSteals('uou', 1, 1),
    preemptions: 4,
  },
  {
    is: 'a pop of an empty deque leaves bottom below top',
    why: 'the next push is lost',
    file,
    find: `    store64(deque + QUEUE_BOTTOM, bottom + 1);
    return EMPTY;`,
    put: '    return EMPTY;',
    by: 'owner against one thief',
    scenario: pushesAndSteals('ou', 1, 1),
    preemptions: 0,
  },
  {
    is: 'push sees one place more than there is',
    why: 'the oldest entry is overwritten',
    file,
    find: '> (dequeMask as i64)) return FULL;',
    put: '> (dequeMask as i64) + 1) return FULL;',
    by: 'full ring',
    scenario: pushesAndSteals('uuuuu', 1, 1),
    preemptions: 0,
  },
  {
    is: 'push publishes before it writes the entry',
    why: 'a thief reads what stood there before',
    file,
    find: `  storeOwned32(entryAt(deque, bottom), entry); // published by the store of bottom
  store64(deque + QUEUE_BOTTOM, bottom + 1); // pairs with the thieves' load of bottom`,
    put: `  store64(deque + QUEUE_BOTTOM, bottom + 1);
  storeOwned32(entryAt(deque, bottom), entry);`,
    by: 'owner against one thief',
    scenario: pushesAndSteals('u', 1, 1),
    preemptions: 1,
  },
  {
    is: 'a thief loads bottom before top',
    why: 'an old bottom beyond a new top: it takes what the owner popped',
    file,
    find: `  const top = load64(deque + QUEUE_TOP); // before bottom: the reverse could see an old bottom beyond a new top
  if (load64(deque + QUEUE_BOTTOM) <= top) return EMPTY;`,
    put: `  const bottom = load64(deque + QUEUE_BOTTOM);
  const top = load64(deque + QUEUE_TOP);
  if (bottom <= top) return EMPTY;`,
    by: 'owner against one thief',
    scenario: pushesAndSteals('uuoo', 1, 1),
    preemptions: 2,
  },
  {
    is: 'a thief reads the entry after its CAS',
    why: 'the owner has overwritten it',
    file,
    find: 'return cas64(deque + QUEUE_TOP, top, top + 1) ? entry : LOST_RACE;',
    put: 'return cas64(deque + QUEUE_TOP, top, top + 1) ? loadRacy32(entryAt(deque, top)) : LOST_RACE;',
    by: 'the ring goes round under a slow thief',
    scenario: pushesAndSteals('uuuuu', 1, 2),
    preemptions: 4,
  },
  {
    is: 'a thief takes by a store',
    why: 'two thieves take the same entry',
    file,
    find: 'return cas64(deque + QUEUE_TOP, top, top + 1) ? entry : LOST_RACE;',
    put: 'store64(deque + QUEUE_TOP, top + 1);\n  return entry;',
    by: 'owner against two thieves',
    scenario: pushesAndSteals('u', 2, 1),
    preemptions: 2,
  },
];
