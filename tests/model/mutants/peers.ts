import * as peers from '../scenarios/peers.ts';
import type { Mutant } from './mutant.ts';

const file = 'assembly/worker/recovery.ts';
const BYSTANDER = 'a worker dies searching or about to sleep, and another sleeps';
const BELL = 'a worker dies while it delivers to a thread that is about to sleep';

export const peerMutants: readonly Mutant[] = [
  {
    is: 'a stolen batch that is noted for another level',
    why: 'its rest is lost, and what once stood in that queue is run again',
    file: 'assembly/queue/run-queue.ts',
    find: 'runMask, level, runMask + 1, true);',
    put: 'runMask, 0, runMask + 1, true);',
    by: 'a worker dies while it steals',
    scenario: peers.thief,
    preemptions: 0,
  },
  {
    is: 'a dead worker that counts as a searcher',
    why: 'publishers wake nobody any more',
    file,
    find: '  leaveSearching(lost);\n',
    put: '',
    by: BYSTANDER,
    scenario: peers.bystander,
    preemptions: 0,
  },
  {
    is: 'a dead worker that counts as idle',
    why: 'a publisher wakes it, and nobody else',
    file,
    find: '  leaveIdle(lost);\n',
    put: '',
    by: BYSTANDER,
    scenario: peers.bystander,
    preemptions: 0,
  },
  {
    is: 'a recovery that rings nobody',
    why: 'a submitter sleeps beside its completion',
    file,
    find: '  const inUse = load32(SUBMITTERS_IN_USE);\n',
    put: '  const inUse = 0;\n',
    by: BELL,
    scenario: peers.bell,
    preemptions: 1,
  },
  {
    is: 'a recovery that rings and leaves the bell armed',
    why: 'the notification comes before the sleep, which nothing ends then',
    file,
    find: '    store32(block + SUBMITTER_ARMED, 0);\n',
    put: '',
    by: BELL,
    scenario: peers.bell,
    preemptions: 2,
  },
  {
    is: 'a recovery that rings only if the bell is armed',
    why: 'it was taken already, and the notification never came',
    file,
    find: '    store32(block + SUBMITTER_ARMED, 0);\n',
    put: '    if (exchange32(block + SUBMITTER_ARMED, 0) == 0) continue;\n',
    by: BELL,
    scenario: peers.bell,
    preemptions: 1,
  },
];
