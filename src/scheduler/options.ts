import type { ResourceLimits } from 'node:worker_threads';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MAX_CAPACITY, MAX_WORKERS } from '../abi/layout.ts';
import { givenOf } from '../base/given.ts';
import { invalid, MOST_RETRIES, rejectUnknown } from '../client/run-options.ts';
import { availableCpus } from '../topology/available.ts';
import { seedOf, VIRTUAL_WORKERS } from './deterministic-option.ts';
import type { PressureMarks } from './memory-watch.ts';
import { type NumaOptions, type ResolvedNuma, resolveNuma } from './numa-option.ts';
import { type Objectives, objectivesOf } from './objectives-option.ts';

/** Sizes of the shared memory, and what to do when memory of the machine, of a container or of a worker runs short. */
export interface MemoryOptions {
  /** For payloads; one payload may be as large as it. @default 256 MiB */
  readonly poolBytes?: number | undefined;
  /** Of all regions together; more is ERR_RESOURCE_EXHAUSTED. @default 4 GiB */
  readonly maximumBytes?: number | undefined;
  /** Most bytes of the memory of a foreign module, in each worker; whole pages of 64 KiB. docs/kernels.md @default 256 MiB */
  readonly foreignBytes?: number | undefined;
  /**
   * Share of the control group's memory limit, in use, from which tasks of priority Low are refused and those that have not
   * started are rejected, with ERR_RESOURCE_EXHAUSTED; more than 0, at most 1. Infinity: never. docs/limits.md @default 0.9
   */
  readonly shedAt?: number | undefined;
  /** And from which every task is refused, but nested ones; at least `shedAt`. @default 0.97, Infinity if `shedAt` is */
  readonly refuseAt?: number | undefined;
  /** As `shedAt`: share of the last ten seconds in which a thread stood still for lack of memory. @default 0.3 */
  readonly stallShedAt?: number | undefined;
  /** As `refuseAt`: share of them in which all threads did. @default 0.6, Infinity if `stallShedAt` is */
  readonly stallRefuseAt?: number | undefined;
  /**
   * Share of a worker's heap limit that is in use after a major collection, from which the worker is replaced as soon as its
   * tasks have ended; more than 0, at most 1. Infinity: never. @default 0.8
   */
  readonly recycleAt?: number | undefined;
}

/** Of deterministic mode. */
export interface DeterministicOptions {
  /** Decides the order: a whole number, 0 … 2⁵³ − 1. */
  readonly seed: number;
}

/** How a scheduler is set up. At least one of `tasks` and `kernels` is needed. */
export interface EngineOptions {
  /**
   * Module whose exported functions are handlers: `(input, context) => result`, `setup` and `teardown` excepted. A file
   * URL or an absolute path; JavaScript, or TypeScript from Node 22.18 on.
   */
  readonly tasks?: string | URL | undefined;
  /**
   * WebAssembly built with the kernel SDK, or a foreign module with a memory of its own (docs/kernels.md); its exported functions are
   * kernels. A file URL, an absolute path, or bytes.
   */
  readonly kernels?: string | URL | Uint8Array | undefined;
  /** Worker threads, 1 … 256. @default the CPUs this process may use: affinity, cpuset, cgroup quota */
  readonly workers?: number | undefined;
  /** Tasks alive at once in shared memory, 1 … 2²⁰. @default 65536 */
  readonly capacity?: number | undefined;
  /** Tasks that may wait beyond `capacity` before `run` rejects with ERR_QUEUE_FULL. @default Infinity */
  readonly maxQueue?: number | undefined;
  /** Shared memory: reserved at once, touched only when used. And what to do when memory is short. */
  readonly memory?: MemoryOptions | undefined;
  /** Asynchronous handlers in flight per worker. @default 1 */
  readonly concurrency?: number | undefined;
  /**
   * 'auto': where this process may use several NUMA nodes, a child process for each, pinned to its CPUs and memory (docs/numa.md);
   * on one node, and with 'off', everything is in this process. @default 'auto'
   */
  readonly numa?: 'auto' | 'off' | NumaOptions | undefined;
  /**
   * Where the workers live. 'process': in a child process, so that a crash of native code, or one that runs out of memory, takes
   * only the tasks with it that run then (docs/isolation.md). @default 'thread'
   */
  readonly isolation?: 'thread' | 'process' | undefined;
  /** Every how many picks a worker begins at a lower priority; 0 = strict priorities. @default 64 */
  readonly starvationInterval?: number | undefined;
  /** How often a task may be run again, from its beginning, when its worker was lost. @default 0: at most once */
  readonly retry?: number | undefined;
  /** Limits of each worker thread. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Given to `setup` of the task module on every worker. */
  readonly workerData?: unknown;
  /** Environment of the workers. @default process.env */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Node options of the workers. @default process.execArgv; none when the program is text given with --input-type */
  readonly execArgv?: readonly string[] | undefined;
  /**
   * Runs everything on this thread, with virtual workers (4 by default, whatever the machine) in an order that depends on
   * the seed and the sequence of calls only. For tests. docs/deterministic.md
   */
  readonly deterministic?: DeterministicOptions | undefined;
  /**
   * What the engine is to keep to: how long tasks wait, how many fail. Events tell when it does not. docs/objectives.md
   * @default none
   */
  readonly objectives?: Objectives | undefined;
  /** Which waits and runs go into the histograms: every 16th, all, or none. @default 'sampled' */
  readonly timing?: 'sampled' | 'all' | 'off' | undefined;
  /** Shown in thread names and warnings. @default 'tallyio' */
  readonly name?: string | undefined;
}

/** Options after parsing: complete, checked, frozen. */
export interface ResolvedOptions extends PressureMarks {
  readonly tasks: URL | undefined;
  readonly kernels: URL | Uint8Array | undefined;
  readonly workers: number;
  readonly capacity: number;
  readonly maxQueue: number;
  readonly poolBytes: number;
  readonly maximumBytes: number;
  readonly foreignBytes: number;
  readonly recycleAt: number;
  readonly concurrency: number;
  readonly starvationInterval: number;
  readonly retry: number;
  readonly resourceLimits: ResourceLimits | undefined;
  readonly workerData: unknown;
  readonly env: NodeJS.ProcessEnv | undefined;
  readonly execArgv: readonly string[] | undefined;
  readonly isolation: 'thread' | 'process';
  /** undefined: off. */
  readonly numa: ResolvedNuma | undefined;
  /** Their number was given. */
  readonly hasWorkers: boolean;
  readonly objectives: Objectives | undefined;
  readonly timing: 'sampled' | 'all' | 'off';
  /** Of deterministic mode; undefined: threads. */
  readonly seed: number | undefined;
  readonly name: string;
}

const MEBIBYTE = 1 << 20;
const KNOWN = [
  'tasks',
  'kernels',
  'workers',
  'capacity',
  'maxQueue',
  'memory',
  'concurrency',
  'numa',
  'isolation',
  'starvationInterval',
  'retry',
  'resourceLimits',
  'workerData',
  'env',
  'execArgv',
  'deterministic',
  'objectives',
  'timing',
  'name',
];

/** Least megabytes: below them V8 ends the whole process, not the worker (seen with 2 and 0.1 on Node 20 … 26). */
const LEAST_LIMITS = new Map([
  ['maxOldGenerationSizeMb', 4],
  ['maxYoungGenerationSizeMb', 0],
  ['codeRangeSizeMb', 0],
  ['stackSizeMb', 0.5],
]);

/** @throws WorkStealingError ERR_INVALID_OPTION */
export function resolveOptions(options: unknown): ResolvedOptions {
  if (typeof options !== 'object' || options === null)
    throw invalid('options', 'an object with tasks or kernels', options);
  rejectUnknown(options, KNOWN, 'options');
  const given = givenOf(options, KNOWN);
  const read = (key: string): unknown => given[key];
  const tasks = location('tasks', read('tasks'));
  const kernels =
    read('kernels') instanceof Uint8Array ? (read('kernels') as Uint8Array) : location('kernels', read('kernels'));
  if (tasks === undefined && kernels === undefined) {
    throw invalid(
      'tasks',
      "a module of handlers: new URL('./tasks.js', import.meta.url), or kernels instead",
      undefined,
    );
  }
  const memory = memoryOptions(read('memory'));
  const seed = seedOf(read('deterministic'), read);
  return Object.freeze({
    tasks,
    kernels,
    ...memory,
    workers: whole('workers', read('workers'), 1, MAX_WORKERS) ?? defaultWorkers(seed),
    capacity: whole('capacity', read('capacity'), 1, MAX_CAPACITY) ?? 65536,
    maxQueue: queueLimit(read('maxQueue')),
    concurrency: whole('concurrency', read('concurrency'), 1, 65536) ?? 1,
    starvationInterval: whole('starvationInterval', read('starvationInterval'), 0, 1 << 30) ?? 64,
    retry: whole('retry', read('retry'), 0, MOST_RETRIES) ?? 0,
    resourceLimits: limits(read('resourceLimits')),
    workerData: read('workerData'),
    env: record('env', read('env')) as NodeJS.ProcessEnv | undefined,
    execArgv: stringList('execArgv', read('execArgv')),
    isolation: isolationOf(read('isolation')),
    numa: resolveNuma(read('numa')),
    hasWorkers: read('workers') !== undefined,
    objectives: objectivesOf(read('objectives'), read),
    timing: timingMode(read('timing')),
    seed,
    name: text('name', read('name')) ?? 'tallyio',
  });
}

function defaultWorkers(seed: number | undefined): number {
  return seed === undefined ? Math.min(MAX_WORKERS, availableCpus().count) : VIRTUAL_WORKERS;
}

function location(name: 'tasks' | 'kernels', value: unknown): URL | undefined {
  if (value === undefined) return undefined;
  const file = name === 'tasks' ? './tasks.js' : './kernels.wasm';
  const wayOut = `a file URL or an absolute path, as in new URL('${file}', import.meta.url)`;
  if (value instanceof URL) {
    if (value.protocol !== 'file:' && !(name === 'tasks' && value.protocol === 'data:'))
      throw invalid(name, wayOut, value.href);
    return value;
  }
  if (typeof value !== 'string') throw invalid(name, wayOut, value);
  if (value.startsWith('file:') && URL.canParse(value)) return new URL(value);
  if (!isAbsolute(value)) throw invalid(name, wayOut, value);
  return pathToFileURL(value);
}

type Memory = PressureMarks & Pick<ResolvedOptions, 'poolBytes' | 'maximumBytes' | 'foreignBytes' | 'recycleAt'>;

function memoryOptions(value: unknown): Memory {
  const memory = record('memory', value) ?? {};
  const marks = ['shedAt', 'refuseAt', 'stallShedAt', 'stallRefuseAt', 'recycleAt'];
  const known = ['poolBytes', 'maximumBytes', 'foreignBytes', ...marks];
  rejectUnknown(memory, known, 'memory');
  const given = givenOf(memory, known);
  const [shedAt, refuseAt] = markPair(['shedAt', 'refuseAt'], given, [0.9, 0.97]);
  const [stallShedAt, stallRefuseAt] = markPair(['stallShedAt', 'stallRefuseAt'], given, [0.3, 0.6]);
  return {
    poolBytes: whole('memory.poolBytes', given['poolBytes'], 65536, 4096 * MEBIBYTE) ?? 256 * MEBIBYTE,
    maximumBytes: whole('memory.maximumBytes', given['maximumBytes'], MEBIBYTE, 4096 * MEBIBYTE) ?? 4096 * MEBIBYTE,
    foreignBytes: whole('memory.foreignBytes', given['foreignBytes'], 65536, 4096 * MEBIBYTE) ?? 256 * MEBIBYTE,
    ...{ shedAt, refuseAt, stallShedAt, stallRefuseAt },
    recycleAt: mark('recycleAt', given['recycleAt']) ?? 0.8,
  };
}

// The second mark is never below the first: a default gives way to what was given.
function markPair(
  [low, high]: readonly [string, string],
  given: Readonly<Record<string, unknown>>,
  [lowDefault, highDefault]: readonly [number, number],
): readonly [number, number] {
  const least = mark(low, given[low]);
  const most = mark(high, given[high]);
  if (least !== undefined && most !== undefined && most < least) {
    throw invalid(`memory.${high}`, `at least memory.${low}, which is ${String(least)}`, most);
  }
  return [least ?? Math.min(lowDefault, most ?? lowDefault), most ?? Math.max(highDefault, least ?? highDefault)];
}

function mark(name: string, value: unknown): number | undefined {
  if (value === undefined || value === Infinity) return value;
  if (typeof value === 'number' && value > 0 && value <= 1) return value;
  throw invalid(`memory.${name}`, 'a share, more than 0 and at most 1, or Infinity for never', value);
}

// Node takes any number, and a limit that makes no sense lets the worker die before it says why.
function limits(value: unknown): ResourceLimits | undefined {
  const limits = record('resourceLimits', value);
  if (limits === undefined) return undefined;
  const known = [...LEAST_LIMITS.keys()];
  rejectUnknown(limits, known, 'resourceLimits');
  const given = givenOf(limits, known);
  for (const [key, least] of LEAST_LIMITS) {
    const limit = given[key];
    if (limit === undefined || (typeof limit === 'number' && limit >= least && limit < Infinity)) continue;
    throw invalid(`resourceLimits.${key}`, `megabytes, at least ${String(least)}`, limit);
  }
  return given;
}

function whole(name: string, value: unknown, least: number, most: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw invalid(name, `a whole number, ${String(least)} … ${String(most)}`, value);
  }
  return value;
}

function queueLimit(value: unknown): number {
  if (value === undefined || value === Infinity) return Infinity;
  return whole('maxQueue', value, 0, Number.MAX_SAFE_INTEGER) ?? Infinity;
}

function isolationOf(value: unknown): 'thread' | 'process' {
  if (value === undefined) return 'thread';
  if (value !== 'thread' && value !== 'process') throw invalid('isolation', "'thread' or 'process'", value);
  return value;
}

function record(name: string, value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(name, 'an object', value);
  return value as Readonly<Record<string, unknown>>;
}

function stringList(name: string, value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw invalid(name, 'an array of strings', value);
  }
  return value;
}

function text(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > 100) throw invalid(name, 'a string of at most 100 characters', value);
  return value;
}

function timingMode(value: unknown): 'sampled' | 'all' | 'off' {
  if (value === undefined) return 'sampled';
  if (value !== 'sampled' && value !== 'all' && value !== 'off')
    throw invalid('timing', "'sampled', 'all' or 'off'", value);
  return value;
}
