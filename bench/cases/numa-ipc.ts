import type { SerializationType } from 'node:child_process';
import type { BenchCase, BenchContext, Contender, Match, Session } from '../case.ts';
import { type Engine, type Handlers, type Kernels, onEngine, openHandlers, openKernels } from '../engines.ts';
import { RawProcess } from '../floors/raw-process.ts';
import { fasterThan } from '../goal.ts';
import { batchSession, runLanes } from '../lanes.ts';
import type { Library } from '../library.ts';
import { closing } from '../rivals.ts';
import { promiseSession } from './promise-match.ts';

const TIMES = 20;
const BYTES = new Uint8Array(64).fill(97);
/** As JSON takes bytes best: anything but an array of numbers. */
const TEXT = Buffer.from(BYTES).toString('latin1');
/** Tasks of a batch. */
const BATCH = 1_000;
const BATCHES_IN_FLIGHT = 2;
const INPUTS = Array.from({ length: BATCH }, () => BYTES);
/** Of the senders; the goal is held against each of them. */
const JSON_NAME = 'child_process.send, JSON';
const ADVANCED_NAME = 'child_process.send, advanced';

/** An engine with one node process. */
const OPTIONS = { workers: 1, isolation: 'process' } as const;

function sender(context: BenchContext, name: string, serialization: SerializationType, value: unknown): Contender {
  return {
    name,
    role: 'floor',
    open: async () => {
      const child = await RawProcess.open(serialization);
      return closing(await promiseSession(context, () => child.run(value)), () => child.close());
    },
  };
}

/** Nanoseconds per task in batches, two in flight. */
function batches(context: BenchContext, batch: () => Promise<unknown>): Promise<Session> {
  return batchSession(
    (count) => runLanes(BATCHES_IN_FLIGHT, Math.ceil(count / BATCH), batch),
    context.quick ? 150 : 400,
    BATCHES_IN_FLIGHT * BATCH,
  );
}

function match(context: BenchContext, id: string, engine: (library: Library) => Promise<Session>): Match {
  return {
    id: `numa-ipc/${id}`,
    metrics: [
      {
        key: 'value',
        unit: 'ns',
        better: 'lower',
        goals: [fasterThan(JSON_NAME, TIMES), fasterThan(ADVANCED_NAME, TIMES)],
      },
    ],
    rounds: context.quick ? 3 : 7,
    engine,
    contenders: [sender(context, JSON_NAME, 'json', TEXT), sender(context, ADVANCED_NAME, 'advanced', BYTES)],
  };
}

type OnHandlers = (engine: Engine<Handlers>) => Promise<Session>;
type OnKernels = (engine: Engine<Kernels>) => Promise<Session>;

export const numaIpc: BenchCase = {
  id: 'numa-ipc',
  suite: 'numa',
  title: 'echo of 64 bytes through a node process, in batches of 1,000 and one by one, against a message for each task',
  cannotTell:
    'one node process with one worker, as the bare child has one thread, and not on a node of its own; numbers instead of bytes are process-isolation',
  matches: (context) => {
    const handlers = (id: string, measure: OnHandlers): Match =>
      match(context, id, (library) => onEngine(openHandlers(library, OPTIONS), measure));
    const kernels = (id: string, measure: OnKernels): Match =>
      match(context, id, (library) => onEngine(openKernels(library, OPTIONS), measure));
    return Promise.resolve([
      kernels('many-kernel', (engine) => batches(context, () => engine.runMany('echo', INPUTS))),
      handlers('many-handler', (engine) => batches(context, () => engine.runMany('giveBack', INPUTS))),
      kernels('run-kernel', (engine) => promiseSession(context, () => engine.run('echo', BYTES))),
      handlers('run-handler', (engine) => promiseSession(context, () => engine.run('giveBack', BYTES))),
    ]);
  },
};
