/** A program of the fuzzer: an engine and what is asked of it, all of it decided by a seed before anything runs. */
import type { EngineOptions } from '../../../src/scheduler/options.ts';
import { Random } from '../../support/random.ts';
import { type Call, type CallOptions, exitCall, type NextId, randomCall, randomCalls, randomOptions } from './call.ts';

/** What of the engine's options varies. */
export type Settings = Pick<
  EngineOptions,
  'workers' | 'capacity' | 'maxQueue' | 'concurrency' | 'starvationInterval' | 'timing'
> & { readonly poolBytes: number; readonly kernels: boolean };

/** One thing that is asked of the engine. What is asked goes on while the next steps run. */
export type Step =
  | { readonly kind: 'run' | 'post' | 'broadcast' | 'exit'; readonly call: Call }
  | { readonly kind: 'runMany'; readonly calls: readonly Call[]; readonly options: CallOptions | undefined }
  | MapStep
  | { readonly kind: 'keep'; readonly id: number; readonly priority: 0 | 1 | 2 | 3; readonly then: KeepEnd }
  | { readonly kind: 'abort'; readonly signal: number }
  | { readonly kind: 'attach' | 'detach'; readonly thread: number }
  | { readonly kind: 'runAttached'; readonly thread: number; readonly call: Call }
  | { readonly kind: 'runManyAttached' | 'mapAttached'; readonly thread: number; readonly calls: readonly Call[] }
  | { readonly kind: 'turn' | 'settle' | 'drain' | 'stats' }
  | { readonly kind: 'close'; readonly drain: boolean; readonly timeoutMs: number };

type KeepEnd = 'wait' | 'poll' | 'release' | 'leave';

export interface MapStep {
  readonly kind: 'map';
  readonly calls: readonly Call[];
  readonly options: CallOptions | undefined;
  readonly concurrency: number;
  readonly ordered: boolean;
  /** Results after which the consumer leaves. */
  readonly take: number;
  readonly asyncSource: boolean;
}

export interface Program {
  readonly seed: number;
  readonly settings: Settings;
  /** Signals that steps refer to by number; those of the first half are aborted before anything runs. */
  readonly signals: number;
  readonly steps: readonly Step[];
  /** Ids are below it. */
  readonly ids: number;
  /** Workers exit now and then. */
  readonly faults: boolean;
}

const THREADS = 2;
const SIGNALS = 12;
/** So many losses in a row, without a task completed, are none too many. */
const MOST_EXITS = 3;

/**
 * @param length steps
 * @param fixed the settings of an engine that goes on afterwards: the program does not close it, and workers exit
 */
export function randomProgram(seed: number, length: number, fixed?: Settings): Program {
  const random = new Random(seed);
  const settings = fixed ?? randomSettings(random);
  const faults = fixed !== undefined || random.chance(0.2);
  let ids = 0;
  const nextId: NextId = () => ids++;
  const steps: Step[] = [];
  let exits = 0;
  const mayAttach = random.chance(0.25);
  const closesEarly = fixed === undefined && random.chance(0.2) ? random.below(length) : length;
  while (steps.length < length) {
    if (steps.length === closesEarly) steps.push(randomClose(random));
    else if (faults && exits < MOST_EXITS && random.chance(0.02)) {
      exits += 1;
      const id = nextId();
      steps.push({ kind: 'exit', call: exitCall(random, id) });
    } else if (mayAttach && random.chance(0.1)) steps.push(randomAttached(random, nextId, settings.kernels));
    else steps.push(randomStep(random, nextId, settings.kernels));
  }
  return { seed, settings, signals: SIGNALS, steps, ids, faults };
}

function randomSettings(random: Random): Settings {
  return {
    workers: random.between(1, 4),
    capacity: random.pick([1, 2, 8, 64, 1024]),
    maxQueue: random.chance(0.7) ? Infinity : random.pick([0, 5, 100]),
    concurrency: random.pick([1, 1, 2, 8]),
    starvationInterval: random.pick([0, 1, 64]),
    timing: random.pick(['sampled', 'all', 'off'] as const),
    poolBytes: random.pick([1 << 16, 1 << 17, 1 << 20, 1 << 24]),
    kernels: random.chance(0.6),
  };
}

function randomStep(random: Random, nextId: NextId, kernels: boolean): Step {
  const options = randomOptions(random, SIGNALS);
  switch (random.below(20)) {
    case 0:
      return { kind: 'post', call: { ...randomCall(random, nextId, kernels), options } };
    case 1:
      return {
        kind: 'broadcast',
        call: randomCalls(random, nextId, kernels, 1)[0] ?? randomCall(random, nextId, false),
      };
    case 2:
    case 3:
      return { kind: 'runMany', calls: randomCalls(random, nextId, kernels, random.below(40)), options };
    case 4:
    case 5:
      return randomMap(random, randomCalls(random, nextId, kernels, random.below(40)), options);
    case 6:
    case 7:
      return {
        kind: 'keep',
        id: nextId(),
        priority: random.pick([0, 1, 2, 3] as const),
        then: random.pick(['wait', 'poll', 'release', 'leave'] as const),
      };
    case 8:
      return { kind: 'abort', signal: random.below(SIGNALS) };
    case 9:
      return { kind: 'turn' };
    case 10:
      return { kind: random.pick(['turn', 'settle', 'drain', 'stats'] as const) };
    default:
      return { kind: 'run', call: { ...randomCall(random, nextId, kernels), options } };
  }
}

function randomMap(random: Random, calls: readonly Call[], options: CallOptions | undefined): MapStep {
  return {
    kind: 'map',
    calls,
    options,
    concurrency: random.pick([1, 3, 16]),
    ordered: random.chance(0.5),
    take: random.chance(0.5) ? Infinity : random.below(calls.length + 1),
    asyncSource: random.chance(0.3),
  };
}

function randomAttached(random: Random, nextId: NextId, kernels: boolean): Step {
  const thread = random.below(THREADS);
  switch (random.below(5)) {
    case 0:
    case 1:
      return { kind: 'attach', thread };
    case 2:
      return { kind: 'detach', thread };
    case 3:
      return {
        kind: random.pick(['runManyAttached', 'mapAttached'] as const),
        thread,
        calls: randomCalls(random, nextId, kernels, random.below(20)),
      };
    default:
      return { kind: 'runAttached', thread, call: randomCall(random, nextId, kernels) };
  }
}

function randomClose(random: Random): Step {
  return { kind: 'close', drain: random.chance(0.5), timeoutMs: random.pick([0, 5, Infinity]) };
}
