/** One task of a program: what is run, what it must give, and how else it may end. */
import type { Random } from '../../support/random.ts';
import { randomValue } from './values.ts';

/** How a task may be ended before its time. The signal is that of the program with this number. */
export interface CallOptions {
  readonly priority?: 0 | 1 | 2 | 3;
  readonly timeoutMs?: number;
  readonly startWithinMs?: number;
  readonly signal?: number;
}

export interface Call {
  /** Of the task and of its counter. */
  readonly id: number;
  readonly task: string;
  readonly input: unknown;
  /** What it gives; undefined is a value, too. */
  readonly value: unknown;
  /** The code it rejects with if nothing else ends it; undefined: it gives the value. */
  readonly error: string | undefined;
  /** It gives less when its nested tasks are refused or lost. */
  readonly atMost: boolean;
  /** It needs room in the pool. */
  readonly hasPayload: boolean;
  readonly options: CallOptions | undefined;
}

/** Gives out ids. */
export type NextId = () => number;

const TASKS = [
  'double',
  'double',
  'double',
  'echo',
  'echo',
  'echoLater',
  'fail',
  'failLater',
  'giveFunction',
  'bytes',
  'burn',
  'linger',
  'nest',
] as const;
const KERNELS = ['square', 'fails', 'traps', 'sumBytes', 'reverse', 'spinUntilCancelled'] as const;
const LONGEST_BURN_US = 2_000;
const MOST_TURNS = 4;
/** Inputs of most tasks are small, of some larger than the smallest pools. */
const SIZES = [0, 10, 100, 1_000, 10_000, 100_000];

/** A call without options. @param kernels whether there are any */
export function randomCall(random: Random, nextId: NextId, kernels: boolean, depth = 2): Call {
  const call = kernels && random.chance(0.25) ? kernelCall(random, nextId()) : handlerCall(random, nextId, depth);
  return { value: undefined, error: undefined, atMost: false, hasPayload: true, options: undefined, ...call };
}

/** As `randomCall`, of one certain task, for many calls of it. */
export function randomCalls(random: Random, nextId: NextId, kernels: boolean, count: number): Call[] {
  const task = random.pick(['double', 'echo', 'echoLater', ...(kernels ? ['square' as const] : [])] as const);
  return Array.from({ length: count }, () => {
    const id = nextId();
    const call = task === 'square' ? { id, task, input: id, value: id * id } : simpleCall(random, id, task);
    return { error: undefined, atMost: false, hasPayload: task !== 'double', options: undefined, ...call };
  });
}

/** @param signals how many signals the program has */
export function randomOptions(random: Random, signals: number): CallOptions | undefined {
  if (random.chance(0.4)) return undefined;
  return {
    ...(random.chance(0.6) ? { priority: random.pick([0, 1, 2, 3] as const) } : {}),
    ...(random.chance(0.2) ? { timeoutMs: random.pick([0, 1, 5, 10_000]) } : {}),
    ...(random.chance(0.2) ? { startWithinMs: random.pick([0, 1, 5, 10_000]) } : {}),
    ...(random.chance(0.3) ? { signal: random.below(signals) } : {}),
  };
}

/** A task that takes its worker down: by `process.exit()`, or by an error that nobody catches. */
export function exitCall(random: Random, id: number): Call {
  const task = random.pick(['exit', 'crash'] as const);
  const fate = { value: id, error: task === 'exit' ? 'ERR_WORKER_LOST' : undefined };
  return { id, task, input: { id }, ...fate, atMost: false, hasPayload: true, options: undefined };
}

type Sketch = Pick<Call, 'id' | 'task' | 'input'> & Partial<Call>;

function simpleCall(random: Random, id: number, task: 'double' | 'echo' | 'echoLater'): Sketch & Pick<Call, 'value'> {
  if (task === 'double') return { id, task, input: id, value: 2 * id, hasPayload: false };
  const value = randomValue(random, random.pick(SIZES));
  return { id, task, input: { id, value, turns: random.below(MOST_TURNS) }, value };
}

function handlerCall(random: Random, nextId: NextId, depth: number): Sketch {
  const task = random.pick(TASKS);
  const id = nextId();
  const turns = random.below(MOST_TURNS);
  switch (task) {
    case 'double':
    case 'echo':
    case 'echoLater':
      return simpleCall(random, id, task);
    case 'fail':
    case 'failLater':
      return { id, task, input: { id, turns }, error: 'ERR_TASK_FAILED' };
    case 'giveFunction':
      return { id, task, input: { id }, error: 'ERR_NOT_SHAREABLE' };
    case 'bytes': {
      const length = random.below(random.pick(SIZES) + 1);
      return { id, task, input: { id, length }, value: new Uint8Array(length).fill(id) };
    }
    case 'burn':
      return { id, task, input: { id, us: random.below(LONGEST_BURN_US) }, value: id };
    case 'linger':
      return { id, task, input: { id, turns: random.chance(0.1) ? 200 : turns }, value: id };
    case 'nest':
      return familyCall(random, nextId, id, depth);
  }
}

function familyCall(random: Random, nextId: NextId, id: number, depth: number): Sketch {
  const width = depth === 0 ? 0 : random.below(4);
  const children = Array.from({ length: width }, () => randomCall(random, nextId, false, depth - 1));
  const waits = random.chance(0.7);
  const value = waits ? children.filter(({ error }) => error === undefined).length : 0;
  const input = { id, waits, children: children.map((child) => ({ task: child.task, input: child.input })) };
  return { id, task: 'nest', input, value, atMost: true };
}

function kernelCall(random: Random, id: number): Sketch {
  const task = random.pick(KERNELS);
  switch (task) {
    case 'square':
      return { id, task, input: id, value: id * id, hasPayload: false };
    case 'fails':
    case 'traps':
      return { id, task, input: id, error: 'ERR_TASK_FAILED', hasPayload: task === 'traps' };
    case 'spinUntilCancelled':
      return { id, task, input: 10_000, value: 10_000, atMost: true, hasPayload: false };
    case 'sumBytes':
    case 'reverse': {
      const bytes = Uint8Array.from({ length: random.below(random.pick(SIZES) + 1) }, () => random.below(256));
      const sum = bytes.reduce((total, byte) => total + byte, 0);
      return { id, task, input: bytes, value: task === 'sumBytes' ? sum : bytes.toReversed() };
    }
  }
}
