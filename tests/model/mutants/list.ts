import { attachedMutants } from './attached.ts';
import { forkDeathMutants } from './fork-deaths.ts';
import { forkJoinMutants } from './fork-join.ts';
import { idleMutants } from './idle.ts';
import { inboxMutants } from './inbox.ts';
import { killMutants } from './kill.ts';
import { levelMutants } from './levels.ts';
import { limitMutants } from './limits.ts';
import type { Mutant } from './mutant.ts';
import { peerMutants } from './peers.ts';
import { poolMutants } from './pool.ts';
import { recoveryMutants } from './recovery.ts';
import { requeueMutants } from './requeue.ts';
import { ringMutants } from './rings.ts';
import { slabMutants } from './slab.ts';

export const mutants: readonly Mutant[] = [
  ...forkJoinMutants,
  ...forkDeathMutants,
  ...ringMutants,
  ...levelMutants,
  ...idleMutants,
  ...inboxMutants,
  ...slabMutants,
  ...poolMutants,
  ...recoveryMutants,
  ...requeueMutants,
  ...peerMutants,
  ...killMutants,
  ...attachedMutants,
  ...limitMutants,
];
