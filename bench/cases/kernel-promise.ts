import type { BenchCase } from '../case.ts';
import { onEngine, openKernels } from '../engines.ts';
import { twice } from '../handlers.ts';
import { promiseMatch, promiseSession } from './promise-match.ts';

export const kernelPromise: BenchCase = {
  id: 'kernel-promise',
  suite: 'concurrent',
  title: 'run() of a kernel, number to number, 1,000 in flight',
  cannotTell: 'an empty task shows dispatch only: with real work per task every pool comes closer',
  matches: (context) =>
    Promise.resolve([
      promiseMatch(context, {
        id: 'kernel-promise',
        times: 40,
        name: 'twice',
        input: (index) => index,
        serial: twice,
        engine: (library) =>
          onEngine(openKernels(library, { workers: context.workers }), (engine) =>
            promiseSession(context, (index) => engine.run('double', index)),
          ),
      }),
    ]),
};
