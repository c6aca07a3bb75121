import type { BenchCase, BenchContext, Contender, Match, Sample, Session } from '../case.ts';
import { measureChild } from '../child.ts';
import type { BoundMemoryInput } from '../children/bound-memory.ts';
import { type Engine, type Handlers, onEngine } from '../engines.ts';
import { commandOnNode } from '../floors/on-node.ts';
import { atLeast } from '../goal.ts';
import { runLanes } from '../lanes.ts';
import type { Library } from '../library.ts';
import { closing } from '../rivals.ts';
import { openOnNodes, residentShare, severalNodes } from '../several-nodes.ts';

const GOAL_PERCENT = 95;
const FAR = 'memory bound to another node';
const FAR_MIB = 64;
/** A payload, and how many each node is given: 32 MiB in all. */
const PAYLOAD = new Uint8Array(64 * 1024).fill(1);
const PAYLOADS = 512;
const IN_FLIGHT = 64;
/** Of `numa-locality/tasks`: so many tasks of so much arithmetic, all in flight. */
const TASKS = 1_000;
const UNITS = 10_000;

/** The lowest share among the node processes of memory that is on their node, in percent, with payloads on each. */
async function residency(library: Library, engine: Engine<Handlers>): Promise<Sample> {
  const { nodes } = engine.numa.stats();
  const shares = await Promise.all(
    nodes.map(async ({ id, pid }) => {
      await runLanes(IN_FLIGHT, PAYLOADS, () => engine.run('byteLength', PAYLOAD, { node: id }));
      return residentShare(library, pid, id);
    }),
  );
  return { value: Math.min(...shares) };
}

/** Percent of tasks that ran on the node they were assigned to. @param node all of them prefer this one */
async function localShare(engine: Engine<Handlers>, node?: number): Promise<Sample> {
  const before = engine.numa.stats();
  const options = node === undefined ? {} : { node };
  await runLanes(TASKS, TASKS, () => engine.run('burnUnits', UNITS, options));
  const after = engine.numa.stats();
  const local = after.localAssignments - before.localAssignments;
  return { value: (local / (local + after.crossNumaAssignments - before.crossNumaAssignments)) * 100 };
}

function onNodes(library: Library, round: (engine: Engine<Handlers>) => Promise<Sample>): Promise<Session> {
  return onEngine(openOnNodes(library), (engine) => ({ round: () => round(engine), close: () => Promise.resolve() }));
}

/** A bare process on the CPUs of the first node with its memory on the second one. @param key of what it prints */
function far({ library, signal }: BenchContext, key: 'share' | 'readNs'): Contender {
  return {
    name: FAR,
    role: 'floor',
    open: () => {
      const [first, second] = severalNodes(library);
      const command = commandOnNode(first?.usableCpus ?? [], second?.id ?? 0);
      const input: BoundMemoryInput = { mebibytes: FAR_MIB, node: first?.id ?? 0 };
      const round = async (): Promise<Sample> => {
        const figures = await measureChild('bound-memory', input, signal, command);
        return { value: figures[key] ?? Number.NaN };
      };
      return Promise.resolve({ round, close: () => Promise.resolve() });
    },
  };
}

function memory(context: BenchContext): Match {
  return {
    id: 'numa-locality/memory',
    metrics: [{ key: 'value', unit: '%', better: 'higher', goals: [atLeast(GOAL_PERCENT)] }],
    rounds: 3,
    engine: (library) => onNodes(library, (engine) => residency(library, engine)),
    contenders: [far(context, 'share')],
  };
}

function tasks({ library }: BenchContext): Match {
  const crowded: Contender = {
    name: 'all of them for one node',
    role: 'floor',
    open: async () => {
      const [first] = severalNodes(library);
      const engine = await openOnNodes(library);
      const session = { round: () => localShare(engine, first?.id), close: () => Promise.resolve() };
      return closing(session, () => engine.close());
    },
  };
  return {
    id: 'numa-locality/tasks',
    metrics: [{ key: 'value', unit: '%', better: 'higher', goals: [atLeast(GOAL_PERCENT)] }],
    rounds: 3,
    engine: (library) => onNodes(library, (engine) => localShare(engine)),
    contenders: [crowded],
  };
}

function bandwidth(context: BenchContext): Match {
  return {
    id: 'numa-locality/read-64-mib',
    metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [] }],
    rounds: 3,
    engine: (library) =>
      onNodes(library, async (engine) => {
        const [first] = severalNodes(library);
        const options = first === undefined ? {} : { node: first.id };
        return { value: await engine.run('readMemory', FAR_MIB, options) };
      }),
    contenders: [far(context, 'readNs')],
  };
}

export const numaLocality: BenchCase = {
  id: 'numa-locality',
  suite: 'numa',
  title: 'share of memory on the node of its process, of tasks that ran where they were assigned, and reading 64 MiB',
  cannotTell:
    'how much faster anything gets: in a virtual machine nodes may be the same memory; one node has nothing to measure',
  matches: (context) => Promise.resolve([memory(context), tasks(context), bandwidth(context)]),
};
