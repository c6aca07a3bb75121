/** A round of the campaign: an engine, what it is asked to do and what is done to it, all of it decided by a seed. */
import { Random } from '../../support/random.ts';
import { type Call, type NextId, randomCall, randomCalls } from '../fuzz/call.ts';
import { type Ending, ENDINGS, type Fault, randomFault, takesWorkerDown } from './fault.ts';

/** What of an engine varies. */
export interface Settings {
  readonly workers: number;
  readonly concurrency: number;
  readonly capacity: number;
  readonly poolBytes: number;
  readonly retry: number;
  readonly kernels: boolean;
  readonly isolation: 'thread' | 'process';
  /** Workers have little memory. */
  readonly limits: boolean;
  /** Tasks are also asked for together, so that one cannot tell how each of them ended. */
  readonly groups: boolean;
  /** Steps that are under way at once. */
  readonly lanes: number;
}

/** One thing that is done to the engine. */
export type Step =
  | { readonly kind: 'run'; readonly call: Call; readonly options: StepOptions }
  | { readonly kind: 'post'; readonly call: Call }
  | { readonly kind: 'keep'; readonly id: number; readonly releases: boolean }
  | { readonly kind: 'runMany'; readonly calls: readonly Call[]; readonly options: StepOptions }
  | { readonly kind: 'map'; readonly calls: readonly Call[]; readonly ordered: boolean; readonly take: number }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** Options that end no ordinary task. */
export interface StepOptions {
  readonly priority?: 0 | 1 | 2 | 3;
  readonly retry?: number;
  readonly timeoutMs?: number;
  readonly startWithinMs?: number;
}

export interface Plan {
  readonly seed: number;
  readonly settings: Settings;
  readonly steps: readonly Step[];
  /** What is under way when the engine is closed. */
  readonly tail: readonly Step[];
  readonly ending: Ending;
  /** Ids are below it. */
  readonly ids: number;
}

/** How much a round is to be. */
export interface Size {
  readonly tasks: number;
  readonly faults: number;
}

/** Ordinary steps between two faults that take a worker down: five in a row without a completed task, and the engine gives up. */
const LEAST_BETWEEN = 8;
const TAIL_STEPS = 60;
const TAIL_FAULTS = 3;
const MANY = 40;
const LONG_MS = 60_000;

/** The round with this number. */
export function randomPlan(seed: number, round: number, { tasks, faults }: Size): Plan {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b));
  const settings = randomSettings(random, round);
  const ending = ENDINGS[round % ENDINGS.length] ?? 'close: quiet';
  let ids = 1;
  const nextId: NextId = () => ids++;
  const steps: Step[] = [];
  const spacing = tasks / (faults + 1);
  let planned = 0;
  let due = spacing * random.next();
  let sinceDeath = 0;
  while (planned < tasks) {
    const fault = planned < due ? undefined : randomFault(random, settings, nextId());
    if (fault !== undefined && (sinceDeath >= LEAST_BETWEEN || !takesWorkerDown(fault))) {
      if (takesWorkerDown(fault)) sinceDeath = 0;
      steps.push({ kind: 'fault', fault });
      due += spacing;
    } else {
      sinceDeath += 1;
      const step = randomStep(random, nextId, settings);
      steps.push(step);
      planned += tasksOf(step);
    }
  }
  const tail = ending === 'close: quiet' ? [] : randomTail(random, nextId, settings);
  return { seed, settings, steps, tail, ending, ids };
}

function randomSettings(random: Random, round: number): Settings {
  const isolation = round % 8 === 5 ? 'process' : 'thread';
  return {
    workers: random.between(1, 3),
    concurrency: random.pick([1, 4]),
    capacity: random.pick([16, 256, 4096]),
    poolBytes: random.pick([1 << 19, 1 << 20, 1 << 24]),
    retry: random.below(3),
    kernels: random.chance(0.7),
    isolation,
    limits: isolation === 'thread' && round % 4 === 2,
    groups: random.chance(0.5),
    lanes: random.pick([8, 32, 128]),
  };
}

function randomTail(random: Random, nextId: NextId, settings: Settings): Step[] {
  const steps = Array.from({ length: TAIL_STEPS }, () => randomStep(random, nextId, settings));
  for (let left = TAIL_FAULTS; left > 0; --left) {
    const fault = randomFault(random, settings, nextId());
    // An attached thread hears of a close in its own time; nobody looks whether it has.
    if (fault.kind !== 'attached thread ends') steps.splice(random.below(steps.length), 0, { kind: 'fault', fault });
  }
  return steps;
}

function randomStep(random: Random, nextId: NextId, { kernels, groups }: Settings): Step {
  const dice = random.below(100);
  if (groups && dice < 10) {
    return {
      kind: 'runMany',
      calls: randomCalls(random, nextId, kernels, random.between(1, MANY)),
      options: randomOptions(random),
    };
  }
  if (groups && dice < 16) {
    const calls = randomCalls(random, nextId, kernels, random.between(1, MANY));
    return {
      kind: 'map',
      calls,
      ordered: random.chance(0.5),
      take: random.chance(0.7) ? Infinity : random.below(MANY),
    };
  }
  if (dice < 19) return { kind: 'post', call: ordinaryCall(random, nextId, kernels) };
  if (dice < 22) return { kind: 'keep', id: nextId(), releases: random.chance(0.3) };
  return { kind: 'run', call: ordinaryCall(random, nextId, kernels), options: randomOptions(random) };
}

// One that succeeds unless something is done to it.
function ordinaryCall(random: Random, nextId: NextId, kernels: boolean): Call {
  for (;;) {
    const call = random.chance(0.2)
      ? randomCall(random, nextId, kernels, 1)
      : randomCalls(random, nextId, kernels, 1)[0];
    if (call?.error === undefined && call !== undefined) return call;
  }
}

function randomOptions(random: Random): StepOptions {
  if (random.chance(0.5)) return {};
  return {
    ...(random.chance(0.6) ? { priority: random.pick([0, 1, 2, 3] as const) } : {}),
    ...(random.chance(0.3) ? { retry: random.below(3) } : {}),
    ...(random.chance(0.2) ? { timeoutMs: LONG_MS } : {}),
    ...(random.chance(0.2) ? { startWithinMs: LONG_MS } : {}),
  };
}

function tasksOf(step: Step): number {
  return 'calls' in step ? step.calls.length : 1;
}
