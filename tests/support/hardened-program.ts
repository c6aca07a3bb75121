/**
 * A program for child processes with a hardened or a hostile runtime: uses what an engine has and prints what came out. Its
 * arguments are names that it puts on Object.prototype before anything is loaded, and in the workers as well.
 */
import { isMainThread } from 'node:worker_threads';
import type { Engine, EngineOptions, RunOptions } from '../../src/index.ts';

type Tasks = typeof import('./hardened-program.js');
type Kernels = Record<'square' | 'fails', (x: number) => number>;

/** With these Node itself imports no module and starts no thread: they come when the engines have been started. */
const NODE_FAILS = ['signal', 'encoding'];
/** None of them is what an engine would take. */
const JUNK = { polluted: true };

function pollute(names: readonly string[]): void {
  for (const name of names) Reflect.set(Object.prototype, name, JUNK);
}

export function setup(names: readonly string[] = []): void {
  pollute(names.filter((name) => !NODE_FAILS.includes(name)));
}

export function kind(input: unknown): string {
  return typeof input;
}

export function doubled(x: number): number {
  return 2 * x;
}

export function sizes(input: { readonly list: readonly unknown[] }): unknown {
  return { list: input.list.length, keys: Object.keys(input), map: new Map([[1, input]]) };
}

export function fail(message: string): never {
  throw Object.assign(new RangeError(message, { cause: new Error('inner') }), { detail: 7 });
}

export async function nested(
  x: number,
  context: { run(name: string, input: unknown): Promise<unknown> },
): Promise<unknown> {
  return context.run('doubled', x);
}

export async function untilSignal(_input: unknown, context: { readonly signal: AbortSignal }): Promise<void> {
  const { signal } = context;
  if (signal.aborted) return; // before its handler was called
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve);
  });
}

async function useHandlers(engine: Engine<Tasks>): Promise<unknown> {
  const many = await engine.runMany(
    'sizes',
    Array.from({ length: 300 }, () => ({ list: [1], other: 'x' })),
  );
  const mapped: unknown[] = [];
  for await (const value of engine.map('doubled', [1, 2, 3])) mapped.push(value);
  const failure = await engine.run('fail', 'no').catch(described);
  const aborted = new AbortController();
  const running = engine.run('untilSignal', 0, { signal: aborted.signal }).catch(described);
  aborted.abort();
  return {
    number: await engine.run('doubled', 2),
    urgent: await engine.run('doubled', 2, { priority: 0 } satisfies RunOptions),
    timed: await engine.run('doubled', 3, { timeoutMs: 10_000 }),
    nested: await engine.run('nested', 4),
    last: many.at(-1),
    mapped,
    failure,
    aborted: await running,
    unknown: await engine.run('nobody' as 'doubled', 0).catch(described),
    broadcast: await engine.broadcast('doubled', 5),
    stats: engine.stats().completed,
    closed: await engine.close(),
  };
}

async function useKernels(engine: Engine<Kernels>): Promise<unknown> {
  const squares = await engine.runMany('square', [1, 2, 3]);
  const failure = await engine.run('fails', 5).catch(described);
  return { squares, failure, closed: await engine.close() };
}

function described(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, cause } = error;
  const { code, detail } = error as { code?: unknown; detail?: unknown };
  return {
    name,
    message,
    code: Object.hasOwn(error, 'code') ? code : undefined,
    detail: Object.hasOwn(error, 'detail') ? detail : undefined,
    cause: Object.hasOwn(error, 'cause') ? described(cause) : undefined,
  };
}

if (isMainThread) {
  const names = process.argv.slice(2);
  pollute(names.filter((name) => !NODE_FAILS.includes(name)));
  const { createEngine } = await import('../../src/index.ts');
  const common: EngineOptions = { workers: 1, memory: { poolBytes: 1 << 20 } };
  const tasks = new URL(import.meta.url);
  const byHandlers = await createEngine<Tasks>({ ...common, tasks, workerData: names, resourceLimits: {} });
  const kernelFile = new URL('./kernels.wasm', import.meta.url);
  const byKernels = await createEngine<Kernels>({ ...common, kernels: kernelFile });
  pollute(names);
  const handlers = await useHandlers(byHandlers);
  const kernels = await useKernels(byKernels);
  for (const name of names) Reflect.deleteProperty(Object.prototype, name);
  const { inspect } = await import('node:util');
  process.stdout.write(inspect({ handlers, kernels }, { depth: 9, compact: false, sorted: true }));
}
