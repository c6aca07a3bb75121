import type { BenchCase } from '../case.ts';
import { onEngine, openHandlers } from '../engines.ts';
import { twice } from '../handlers.ts';
import { promiseMatch, promiseSession } from './promise-match.ts';

export const handlerPromise: BenchCase = {
  id: 'handler-promise',
  suite: 'concurrent',
  title: 'run() of a JavaScript handler, number to number, 1,000 in flight',
  cannotTell: 'numbers travel without a codec: see handler-object for values that need one',
  matches: (context) =>
    Promise.resolve([
      promiseMatch(context, {
        id: 'handler-promise',
        times: 30,
        name: 'twice',
        input: (index) => index,
        serial: twice,
        engine: (library) =>
          onEngine(openHandlers(library, { workers: context.workers }), (engine) =>
            promiseSession(context, (index) => engine.run('twice', index)),
          ),
      }),
    ]),
};
