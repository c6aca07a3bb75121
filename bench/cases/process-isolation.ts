import type { SerializationType } from 'node:child_process';
import type { BenchCase, BenchContext, Contender, Match, Session } from '../case.ts';
import { onEngine, openHandlers, openKernels } from '../engines.ts';
import { BarePromises } from '../floors/promises.ts';
import { RawProcess } from '../floors/raw-process.ts';
import { fasterThan } from '../goal.ts';
import { batchSession, runLanes } from '../lanes.ts';
import type { Library } from '../library.ts';
import { closing } from '../rivals.ts';
import { promiseSession } from './promise-match.ts';

const SEND = 'child_process.send';
const TIMES = 20;
/** Of `process-isolation/many`: two groups of so many tasks are in flight. */
const MEMBERS = 1_000;
const INPUTS = Array.from({ length: MEMBERS }, (_, index) => index);
const GROUPS = 2;

function sender(context: BenchContext, name: string, serialization: SerializationType): Contender {
  return {
    name,
    role: 'floor',
    open: async () => {
      const child = await RawProcess.open(serialization);
      return closing(await promiseSession(context, (index) => child.run(index)), () => child.close());
    },
  };
}

function match(context: BenchContext, id: string, engine: (library: Library) => Promise<Session>): Match {
  const promises: Contender = {
    name: 'bare promises',
    role: 'floor',
    open: async () => {
      const bare = new BarePromises();
      return closing(await promiseSession(context, () => bare.run()), () => Promise.resolve());
    },
  };
  return {
    id,
    metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [fasterThan(SEND, TIMES)] }],
    rounds: context.quick ? 3 : 7,
    engine,
    contenders: [sender(context, SEND, 'json'), sender(context, `${SEND}, advanced`, 'advanced'), promises],
  };
}

export const processIsolation: BenchCase = {
  id: 'process-isolation',
  suite: 'concurrent',
  title:
    "run() and runMany() with isolation 'process', number to number, against a message for each task, 1,000 in flight",
  cannotTell: 'one worker, as the bare child has one thread; payloads cost two more copies and are not measured here',
  matches: (context) =>
    Promise.resolve([
      match(context, 'process-isolation/handler', (library) =>
        onEngine(openHandlers(library, { workers: 1, isolation: 'process' }), (engine) =>
          promiseSession(context, (index) => engine.run('twice', index)),
        ),
      ),
      match(context, 'process-isolation/kernel', (library) =>
        onEngine(openKernels(library, { workers: 1, isolation: 'process' }), (engine) =>
          promiseSession(context, (index) => engine.run('double', index)),
        ),
      ),
      match(context, 'process-isolation/many', (library) =>
        onEngine(openKernels(library, { workers: 1, isolation: 'process' }), (engine) =>
          batchSession(
            (count) => runLanes(GROUPS, Math.ceil(count / MEMBERS), () => engine.runMany('double', INPUTS)),
            context.quick ? 150 : 400,
            GROUPS * MEMBERS,
          ),
        ),
      ),
    ]),
};
