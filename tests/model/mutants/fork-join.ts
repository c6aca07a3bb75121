import { deaths, forks, parked } from '../scenarios/fork-join.ts';
import type { Mutant } from './mutant.ts';

const frame = 'assembly/memory/frame.ts';
const join = 'assembly/worker/join.ts';
const share = 'assembly/queue/share.ts';
const stack = 'assembly/worker/frame-stack.ts';

const one = forks({ 0: '1j', 1: '' }, [2]);
const twoThieves = forks({ 0: '1j', 1: '' }, [1, 1]);
const again = forks({ 0: '1j2j', 1: '', 2: '' }, [2]);
const leapfrog = deaths({ scripts: { 0: '1j', 1: '2j', 2: '' }, thieves: [[0, 1]], mortal: [1] });
const bytes = { poolPages: 2 };

const SHARE = `    if (!cas32(word, share, shareWord(tail, end))) continue;
    setPrivate(frameAt(end));
    announceLevel(level);
    wakeOne();
`;
const TAKE_BACK = `    const end = (tail + position) >>> 1; // half of the older ones stay shared
    if (!cas32(word, share, shareWord(tail, end))) continue;
`;
const STEAL = `  if (!cas32(address, share, share + 1)) return LOST_RACE;
  storeOwned32(frame + FRAME_THIEF, worker + 1); // ours since the CAS, in the same step
`;
const AWAIT = `  if (!cas32(frame + FRAME_STATE, word | FRAME_OPEN, word | FRAME_AWAITED) && stateOf(frame) != FRAME_AWAITED) return;
`;
const END = `  if ((exchange32(frame + FRAME_STATE, mark | FRAME_ENDED) & STATE) == FRAME_AWAITED) notify32(frame + FRAME_STATE);
`;

export const forkJoinMutants: readonly Mutant[] = [
  {
    is: 'a frame is taken back by a store',
    why: 'owner and thief run it',
    file: stack,
    find: TAKE_BACK,
    put: `    const end = (tail + position) >>> 1;
    store32(word, shareWord(tail, end));
`,
    by: 'one kernel, one thief',
    scenario: one,
    preemptions: 2,
    quick: true,
  },
  {
    is: 'a frame that was taken back stays shared',
    why: 'a thief runs it, too',
    file: stack,
    find: '    const end = (tail + position) >>> 1; // half',
    put: '    const end = position + 1; // half',
    by: 'one kernel, one thief',
    scenario: one,
    preemptions: 2,
  },
  {
    is: 'a take back that does not look at the tail',
    why: 'the owner runs what a thief has',
    file: stack,
    find: '    if (tail > position) return false;\n',
    put: '',
    by: 'one kernel, one thief',
    scenario: one,
    preemptions: 2,
  },
  {
    is: 'what is reclaimed is not taken back',
    why: 'owner and thief do it',
    file: join,
    find: '  if (frame < privateFrom && !takeBack(frame)) return false;\n',
    put: '',
    by: 'one kernel, reclaimed, one thief',
    scenario: forks({ 0: '1r', 1: '' }, [2]),
    preemptions: 2,
    quick: true,
  },
  {
    is: 'what is reclaimed stays on the stack',
    why: 'it is run once more when its kernel returns',
    file: join,
    find: '  setState(frame, FRAME_JOINED);\n  popJoined(base);\n  return true;\n',
    put: '  return true;\n',
    by: 'two kernels, reclaimed oldest first',
    scenario: forks({ 0: '12qr', 1: '', 2: '' }, [1]),
    preemptions: 0,
  },
  {
    is: 'a thief takes a frame by a store',
    why: 'two thieves run it',
    file: share,
    find: STEAL,
    put: `  storeOwned32(address, share + 1);
  storeOwned32(frame + FRAME_THIEF, worker + 1);
`,
    by: 'one kernel, two thieves',
    scenario: twoThieves,
    preemptions: 2,
  },
  {
    is: 'a thief raises the tail of another word than it has looked at',
    why: 'it runs a frame that was not shared any more',
    file: share,
    find: 'if (!cas32(address, share, share + 1)) return LOST_RACE;',
    put: 'const now = load32(address);\n  if (!cas32(address, now, now + 1)) return LOST_RACE;',
    by: 'one kernel, one thief',
    scenario: one,
    preemptions: 2,
  },
  {
    is: 'a thief says who it is before it has the frame',
    why: 'another one has it; when this one dies the frame fails, and runs still',
    file: share,
    find: STEAL,
    put: `  storeOwned32(frame + FRAME_THIEF, worker + 1);
  if (!cas32(address, share, share + 1)) return LOST_RACE;
`,
    by: 'two thieves, one dies',
    scenario: deaths({
      scripts: { 0: '1j', 1: '' },
      thieves: [
        [0, 1],
        [0, 1],
      ],
      mortal: [2],
    }),
    preemptions: 3,
  },
  {
    is: 'a thief does not say where its stack ended',
    why: 'what it spawned before counts as spawned for the frame: who waits for one another waits for ever',
    file: share,
    find: '  storeOwned32(frame + FRAME_BASE, base as i32);\n',
    put: '',
    by: 'two wait for one another, one dies',
    scenario: leapfrog,
    preemptions: 2,
  },
  {
    is: 'a frame that runs is shared',
    why: 'a thief runs it once more',
    file: stack,
    find: 'while (end < most && frameAt(end) < head && ownStateOf(frameAt(end)) == FRAME_OPEN) ++end;',
    put: 'while (end < most && frameAt(end) < head) ++end;',
    by: 'a kernel that spawns under an older one',
    scenario: forks({ 0: '12jj', 1: '', 2: '3j', 3: '' }, [1, 1]),
    preemptions: 2,
  },
  {
    is: 'sharing does not step over what runs',
    why: 'nothing above it is ever stolen',
    file: stack,
    find: 'while (frameAt(from) < head && ownStateOf(frameAt(from)) != FRAME_OPEN) ++from;',
    put: '',
    by: 'parked workers, a kernel that waits for one it has spawned',
    scenario: parked({ 0: '1j', 1: '2wj', 2: '' }, 2),
    preemptions: 1,
  },
  {
    is: 'a frame is shared by a store',
    why: 'a tail that a thief has raised falls back',
    file: stack,
    find: SHARE,
    put: `    store32(word, shareWord(tail, end));
    setPrivate(frameAt(end));
    announceLevel(level);
    wakeOne();
`,
    by: 'two kernels, two thieves',
    scenario: forks({ 0: '12jj', 1: '', 2: '' }, [1, 1]),
    preemptions: 2,
  },
  {
    is: 'the owner does not know that it has shared',
    why: 'it runs a stolen frame as a private one',
    file: stack,
    find: SHARE,
    put: `    if (!cas32(word, share, shareWord(tail, end))) continue;
    announceLevel(level);
    wakeOne();
`,
    by: 'one kernel, one thief',
    scenario: one,
    preemptions: 2,
  },
  {
    is: 'the owner announces before it shares',
    why: 'a finder clears the bit in between',
    file: stack,
    find: SHARE,
    put: `    announceLevel(level);
    if (!cas32(word, share, shareWord(tail, end))) continue;
    setPrivate(frameAt(end));
    wakeOne();
`,
    by: 'a parked worker',
    scenario: parked({ 0: '1wj', 1: '' }, 1),
    preemptions: 2,
  },
  {
    is: 'the owner wakes nobody when it shares',
    why: 'a worker sleeps beside it',
    file: stack,
    find: SHARE,
    put: `    if (!cas32(word, share, shareWord(tail, end))) continue;
    setPrivate(frameAt(end));
    announceLevel(level);
`,
    by: 'a parked worker',
    scenario: parked({ 0: '1wj', 1: '' }, 1),
    preemptions: 2,
  },
  {
    is: 'a scan leaves out shared frames',
    why: 'a worker sleeps beside them',
    file: 'assembly/worker/scan.ts',
    find: ' || hasShared(index, level)',
    put: '',
    by: 'a parked worker',
    scenario: parked({ 0: '1wj', 1: '' }, 1),
    preemptions: 2,
  },
  {
    is: 'a finder leaves out shared frames',
    why: 'nobody runs them',
    file: 'assembly/worker/find.ts',
    find: '  const frame = takeFrame(level);\n  if (frame == FRAME) return FRAME;\n',
    put: '  const frame = EMPTY;\n',
    by: 'a parked worker',
    scenario: parked({ 0: '1wj', 1: '' }, 1),
    preemptions: 2,
  },
  {
    is: 'the share word stays above what was popped',
    why: 'the next frame there counts as stolen',
    file: stack,
    find: '  if (frame < privateFrom) lower();\n',
    put: '',
    by: 'shared again at the same place',
    scenario: again,
    preemptions: 2,
  },
  {
    is: 'what was popped stays shared',
    why: 'a thief runs the next frame there before it is shared',
    file: stack,
    find: '  store32(word, shareWord(position, position));\n',
    put: '  store32(word, shareWord(position, position + 1));\n',
    by: 'shared again at the same place',
    scenario: again,
    preemptions: 2,
  },
  {
    is: 'who is about to sleep writes without looking',
    why: 'it writes over the end, and sleeps for ever',
    file: frame,
    find: AWAIT,
    put: '  storeOwned32(frame + FRAME_STATE, word | FRAME_AWAITED);\n',
    by: 'one kernel, one thief',
    scenario: one,
    preemptions: 3,
  },
  {
    is: 'a frame ends by load and store',
    why: 'its owner goes to sleep in between',
    file: frame,
    find: END,
    put: `  const before = stateOf(frame);
  storeOwned32(frame + FRAME_STATE, mark | FRAME_ENDED);
  if (before == FRAME_AWAITED) notify32(frame + FRAME_STATE);
`,
    by: 'one kernel, one thief',
    scenario: one,
    preemptions: 3,
  },
  {
    is: 'a frame ends and nobody is told',
    why: 'its owner sleeps for ever',
    file: frame,
    find: END,
    put: '  exchange32(frame + FRAME_STATE, mark | FRAME_ENDED);\n',
    by: 'one kernel, one thief',
    scenario: one,
    preemptions: 2,
  },
  {
    is: 'a frame ends before it has run',
    why: 'its owner has the result that is not there yet',
    file: join,
    find: '  helping += 1;\n  if (isCancelRequested(root)) skip(frame);',
    put: '  helping += 1;\n  endFrame(frame);\n  if (isCancelRequested(root)) skip(frame);',
    by: 'one kernel, one thief',
    scenario: one,
    preemptions: 2,
  },
  {
    is: 'a kernel that returns leaves behind what it has not joined',
    why: 'a thief runs it when the task is over',
    file: join,
    find: 'export function joinRest(): void {\n',
    put: 'export function joinRest(): void {\n  if (base != 0) return popTo(base);\n',
    by: 'two kernels that are not joined',
    scenario: forks({ 0: '12', 1: '', 2: '' }, [2]),
    preemptions: 1,
  },
  {
    is: 'a thief’s result in bytes is not freed by who joins it',
    why: 'the block is lost',
    file: join,
    find: '  dropBlock(frame);\n  return loadOwnedF64(frame + FRAME_RESULT);',
    put: '  return loadOwnedF64(frame + FRAME_RESULT);',
    by: 'results in bytes',
    scenario: forks({ 0: '1j', 1: 'b' }, [1], bytes),
    preemptions: 1,
  },
];
