import { deaths } from '../scenarios/fork-join.ts';
import type { Mutant } from './mutant.ts';

const lost = 'assembly/worker/lost-frames.ts';

const thiefDies = deaths({ scripts: { 0: '1j', 1: '' }, thieves: [[0, 1]], mortal: [2] });

const ownerDies = deaths({ scripts: { 0: '1j', 1: '' }, thieves: [[0, 1]], mortal: [1] });

const leapfrog = deaths({ scripts: { 0: '1j', 1: '2j', 2: '' }, thieves: [[0, 1]], mortal: [1] });

const bytes = { poolPages: 2 };

const thiefOfThief = deaths({
  scripts: { 0: '1j', 1: '2j', 2: '' },
  thieves: [
    [0, 1],
    [1, 1],
  ],
  mortal: [2],
});

const SETTLE = `  if (settleFrom(thief, level, loadOwned32(frame + FRAME_BASE) as usize)) return true; // nobody writes it any more
`;

const UNTIL_NOBODY = `  if (holder != NOBODY) return holder;
  freeBlocks`;

export const forkDeathMutants: readonly Mutant[] = [
  {
    is: 'of who is lost frames can still be stolen',
    why: 'a kernel runs, and its task is over',
    file: lost,
    find: '  for (let level = 0; level < LEVELS; ++level) privatize(shareOf(lost, level));\n',
    put: '',
    by: 'the owner dies',
    scenario: ownerDies,
    preemptions: 3,
  },
  {
    is: 'nobody waits for who runs a kernel of the lost',
    why: 'it runs, and its task is over',
    file: lost,
    find: UNTIL_NOBODY,
    put: '  freeBlocks',
    by: 'the owner dies',
    scenario: ownerDies,
    preemptions: 2,
  },
  {
    is: 'a thief that has not said who it is yet is nobody',
    why: 'it runs a kernel of a task that is over',
    file: lost,
    find: '      if (thief < 0) return LOST_RACE;\n',
    put: '      if (thief < 0) continue;\n',
    by: 'the owner dies',
    scenario: ownerDies,
    preemptions: 2,
  },
  {
    is: 'what the lost had stolen fails only when nobody runs its own any more',
    why: 'who runs one of its own waits for it',
    file: lost,
    find: '  const holder = anyHolder(); // first',
    put: '  const holder = anyHolder();\n  if (holder != NOBODY) return holder; // first',
    by: 'two wait for one another, one dies',
    scenario: leapfrog,
    preemptions: 2,
  },
  {
    is: 'what the lost had stolen fails while somebody runs what was spawned for it',
    why: 'that uses memory of a task that is over',
    file: lost,
    find: SETTLE,
    put: '',
    by: 'a thief dies whose own kernels another runs',
    scenario: thiefOfThief,
    preemptions: 2,
  },
  {
    is: 'what the lost had stolen does not fail',
    why: 'its owner waits for ever',
    file: lost,
    find: '  failLost(frame);\n',
    put: '',
    by: 'a thief dies',
    scenario: thiefDies,
    preemptions: 2,
  },
  {
    is: 'what the lost had stolen fails without a notification',
    why: 'its owner sleeps for ever',
    file: lost,
    find: '  endFrame(frame);\n',
    put: '  store32(frame + FRAME_STATE, (loadOwned32(frame + FRAME_STATE) & ~7) | FRAME_ENDED);\n',
    by: 'a thief dies',
    scenario: thiefDies,
    preemptions: 2,
  },
  {
    is: 'owners are not told of what the lost had ended',
    why: 'it died before it told them, and they sleep for ever',
    file: lost,
    find: '    if (owner != lost) tellOwner(owner, lost);\n',
    put: '',
    by: 'a thief dies',
    scenario: thiefDies,
    preemptions: 2,
  },
  {
    is: 'a result in bytes of the lost stays with the frame',
    why: 'the failure has bytes',
    file: lost,
    find: '  freeNamedBlock(frame + FRAME_BLOCK); // its thief',
    put: '  // its thief',
    by: 'a thief dies with a result in bytes',
    scenario: deaths({ scripts: { 0: '1j', 1: 'b' }, thieves: [[0, 1]], mortal: [2], config: bytes }),
    preemptions: 2,
  },
  {
    is: 'results in bytes on the stack of the lost stay there',
    why: 'the blocks are lost',
    file: lost,
    find: '  freeBlocks(stackOf(lost, 0), LEVELS * frames);\n',
    put: '',
    by: 'the owner dies with results in bytes',
    scenario: deaths({ scripts: { 0: '1j', 1: 'b' }, thieves: [[0, 1]], mortal: [1], config: bytes }),
    preemptions: 1,
  },
  {
    is: 'the result in bytes of a task of the lost stays there',
    why: 'the block is lost',
    file: lost,
    find: '  freeBlocks(rootsOf(lost), ROOT_FRAMES);\n',
    put: '',
    by: 'the owner dies with results in bytes',
    scenario: deaths({ scripts: { 0: 'b1j', 1: '' }, thieves: [[0, 1]], mortal: [1], config: bytes }),
    preemptions: 1,
  },
  {
    is: 'the share word of the lost stays',
    why: 'its successor waits for a thief that there never was',
    file: lost,
    find: '    store32(shareOf(lost, level), 0);\n',
    put: '',
    by: 'the owner dies, its successor runs the next task',
    scenario: deaths({
      scripts: { 0: '1j', 1: '', 2: '34jj', 3: '', 4: '' },
      next: 2,
      thieves: [[0, 1]],
      mortal: [1],
    }),
    preemptions: 2,
  },
];
