import type { BenchCase, BenchContext, Match, Session } from '../case.ts';
import { onEngine, openKernels } from '../engines.ts';
import { loadFunctionOn } from '../floors/burn.ts';
import { costOf } from '../goal.ts';
import { timeMs, warmUp } from '../lanes.ts';
import type { Library } from '../library.ts';

const SERIAL = 'serial wasm';
/** Elements of 32 bits: 4 MiB. */
const COUNT = 2 ** 20;
const HEADER_BYTES = 64;

interface Pattern {
  readonly name: string;
  /** Its number in kernels.ts. */
  readonly pattern: number;
  /** Reads a round: so many that the dispatch and the copy of the payload are about a hundredth of it. */
  readonly reads: number;
}

const PATTERNS: readonly Pattern[] = [
  { name: 'sequential', pattern: 0, reads: 2 ** 28 },
  { name: 'random', pattern: 1, reads: 2 ** 26 },
  { name: 'burst', pattern: 2, reads: 2 ** 28 },
];

/** What `walkPayload` takes. */
function makeInput({ pattern, reads }: Pattern): Int32Array {
  const input = Int32Array.from({ length: HEADER_BYTES / 4 + COUNT }, (_, index) => index % 1_000);
  input[0] = pattern;
  input[1] = reads;
  return input;
}

/** Nanoseconds per element. @param check told what was found */
async function walkSession(reads: number, check: (sum: number) => void, walk: () => Promise<number>): Promise<Session> {
  const round = async (): Promise<number> => {
    const elapsedMs = await timeMs(async () => {
      check(await walk());
    });
    return (elapsedMs * 1e6) / reads;
  };
  await warmUp(round);
  return { round: async () => ({ value: await round() }), close: () => Promise.resolve() };
}

/** What fails when not everybody finds the same sum. */
function agreement(): (sum: number) => void {
  let first: number | undefined;
  return (sum) => {
    first ??= sum;
    if (sum !== first) throw new Error(`expected the sum ${String(first)}, got ${String(sum)}`);
  };
}

/** Walks the input in a memory that is nobody else's. */
function serialWalk({ kernels }: Library, { pattern, reads }: Pattern, input: Int32Array): () => number {
  const pages = 2 + Math.ceil(input.byteLength / 2 ** 16);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const at = 2 ** 16;
  new Int32Array(memory.buffer, at, input.length).set(input);
  const walk = loadFunctionOn(memory, kernels, 'walk');
  return () => walk(at + HEADER_BYTES, COUNT, pattern, reads);
}

function accessMatch({ library, quick }: BenchContext, pattern: Pattern): Match {
  const input = makeInput(pattern);
  const check = agreement();
  return {
    id: `memory-access/${pattern.name}`,
    metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [costOf(SERIAL, 1.1)] }],
    rounds: quick ? 5 : 11,
    engine: (build) =>
      onEngine(openKernels(build, { workers: 1 }), (engine) =>
        walkSession(pattern.reads, check, () => engine.run('walkPayload', input)),
      ),
    contenders: [
      {
        name: SERIAL,
        role: 'floor',
        open: () => {
          const walk = serialWalk(library, pattern, input);
          return walkSession(pattern.reads, check, () => Promise.resolve(walk()));
        },
      },
    ],
  };
}

export const memoryAccess: BenchCase = {
  id: 'memory-access',
  suite: 'memory',
  title:
    'reading elements of 32 bits of a payload of 4 MiB in a kernel: one after the other, at random, 64 from a random place',
  cannotTell:
    'one worker, and each payload is read many times over: a single look at it costs its copy as well, see payload; ' +
    'several workers share the memory’s bandwidth',
  matches: (context) => Promise.resolve(PATTERNS.map((pattern) => accessMatch(context, pattern))),
};
