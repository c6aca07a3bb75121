/** Handlers of the integration tests. `workerData` is the buffer of a Board, or the directory of a FileBoard. */
import { readFileSync } from 'node:fs';
import type { TaskContext } from '../../src/worker/task-context.ts';
import { Board } from './board.ts';
import { FileBoard } from './file-board.ts';

/** Counters on the board. */
export const SETUPS = 0;
export const TEARDOWNS = 1;
export const IN_FLIGHT = 2;
export const MOST_IN_FLIGHT = 3;
export const RUNS = 4;
const LAST_GATE = 15;
const MOST_NESTED = 2_000;

let board = new Board();

export async function setup(buffer: unknown): Promise<void> {
  await Promise.resolve();
  if (buffer instanceof SharedArrayBuffer) board = new Board(buffer);
  else if (typeof buffer === 'string') board = new FileBoard(buffer);
  board.count(SETUPS);
}

export function teardown(): void {
  board.count(TEARDOWNS);
}

export function echo(input: unknown): unknown {
  return input;
}

/** Where it runs. */
export function place(_: undefined, { node, workerIndex }: TaskContext): { node: number; worker: number } {
  return { node, worker: workerIndex };
}

/** The CPUs that its thread may run on. */
export function threadMask(): string {
  return /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/thread-self/status', 'utf8'))?.[1] ?? '';
}

export function squared(x: number): number {
  return x * x;
}

export async function squaredLater(x: number): Promise<number> {
  await Promise.resolve();
  return x * x;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

export function size(bytes: Uint8Array): number {
  return bytes.length;
}

export function count(): number {
  return board.count(RUNS);
}

export function fail(message: string): never {
  throw Object.assign(new RangeError(message), { detail: 7 });
}

export async function failLater(message: string): Promise<never> {
  await Promise.resolve();
  throw new RangeError(message);
}

/** Throws what is no Error. */
export function failOddly(thrown: unknown): never {
  throw thrown;
}

/** Gives what cannot be copied. */
export function giveFunction(): unknown {
  return { callback: giveFunction };
}

/** Gives so many bytes. */
export function giveBytes(length: number): Uint8Array {
  return new Uint8Array(length);
}

/** Fails for one certain input. */
export function failAt(input: { readonly at: number; readonly bad: number }): number {
  if (input.at === input.bad) throw new Error(`item ${String(input.at)}`);
  return input.at;
}

/** Blocks its worker before a gate. */
export function block(gate: number): number {
  board.block(gate);
  return gate;
}

/** Waits before a gate with a working event loop. */
export async function pause(gate: number): Promise<number> {
  await board.pause(gate);
  return gate;
}

/** As `pause`; counts how many are in flight at once. */
export async function pauseTogether(gate: number): Promise<number> {
  const inFlight = board.count(IN_FLIGHT) + 1;
  const most = board.counter(MOST_IN_FLIGHT);
  if (inFlight > most) board.count(MOST_IN_FLIGHT, inFlight - most);
  await board.pause(gate);
  return board.count(IN_FLIGHT, -1);
}

/** Writes a number to the log. */
export function note(entry: number): number {
  board.log(entry);
  return entry;
}

/** Blocks before a gate until it is cancelled or opened; logs 1 when it was cancelled. */
export function untilCancelled(gate: number, context: TaskContext): boolean {
  board.log(0);
  while (!context.cancelled && board.arrivals(gate) === 0);
  if (context.cancelled) board.log(1);
  return context.cancelled;
}

/** Waits for its signal; logs 1 when that came. */
export async function untilSignal(_input: unknown, context: TaskContext): Promise<void> {
  const { signal } = context;
  board.log(0);
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  board.log(1);
}

export function never(gate: number): Promise<never> {
  void board.pause(gate);
  return new Promise<never>(() => undefined);
}

export function exit(code: number): never {
  process.exit(code);
}

export function whichWorker(_input: unknown, context: TaskContext): number {
  return context.workerIndex;
}

export interface Nest {
  readonly depth: number;
  readonly width: number;
}

/** The number of nodes of a tree of nested tasks. */
export async function tree({ depth, width }: Nest, context: TaskContext): Promise<number> {
  if (depth === 0) return 1;
  const children = Array.from({ length: width }, () => context.run('tree', { depth: depth - 1, width }));
  const sizes = (await Promise.all(children)) as number[];
  return sum(sizes) + 1;
}

/** Runs another task and gives what that gives. */
export function relay(
  input: { readonly task: string; readonly input: unknown },
  context: TaskContext,
): Promise<unknown> {
  return context.run(input.task, input.input);
}

/** Submits nested tasks until the counter of runs has come so far, then waits for them. @returns whether all gave what they must */
export async function flood(runs: number, context: TaskContext): Promise<boolean> {
  const nested: Promise<unknown>[] = [];
  while (board.counter(RUNS) < runs && nested.length < MOST_NESTED) nested.push(context.run('squared', nested.length));
  return (await Promise.all(nested)).every((square, x) => square === x * x);
}

/** The first one fails with a message of so many characters. */
export function failFirst({ at, length }: { readonly at: number; readonly length: number }): number {
  board.count(RUNS);
  if (at === 0) throw new RangeError('x'.repeat(length));
  return at;
}

export interface Inlined {
  readonly task: string;
  readonly input?: unknown;
  /** Its signal aborts before it starts, or while it runs. */
  readonly abort?: 'before' | 'later';
  readonly timeoutMs?: number;
}

/** Runs a nested task inline, if there is one slot: another one has the spare one meanwhile. Gives its result or its error. */
export async function inline({ task, input, abort, timeoutMs }: Inlined, context: TaskContext): Promise<unknown> {
  const controller = new AbortController();
  const inTheWay = context.run('pause', LAST_GATE);
  if (abort === 'before') controller.abort('enough');
  const outcome = context.run(task, input, { signal: controller.signal, timeoutMs }).catch(describeError);
  if (abort === 'later') controller.abort('enough');
  try {
    return await outcome;
  } finally {
    board.open(LAST_GATE);
    await inTheWay;
  }
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { thrown: error };
  const { name, message, cause } = error;
  const inner = cause === undefined ? undefined : describeError(cause);
  const own = Object.fromEntries(Object.entries(error));
  return { ...own, class: error.constructor.name, name, message, cause: inner };
}

/** Starts nested tasks without waiting for them. */
export function scatter(
  input: { readonly task: string; readonly inputs: readonly unknown[] },
  context: TaskContext,
): void {
  for (const each of input.inputs) void context.run(input.task, each).catch(() => undefined);
}

/** Blocks until another worker has taken its nested task and the test says so, then takes its own worker down. */
export function exitWhileNested(gate: number, context: TaskContext): never {
  void context.run('block', gate).catch(() => undefined);
  board.block(gate + 1);
  process.exit(3);
}

export interface Limited {
  readonly task: string;
  readonly gate: number;
  readonly timeoutMs: number;
  readonly killGraceMs: number;
  /** Blocks its own worker before this gate as soon as it has asked. */
  readonly blockAt?: number;
  /** And then takes it down. */
  readonly exit?: boolean;
}

/** Runs a nested task before a gate, with limits. Gives its result or the code of its error. */
export function limited(input: Limited, context: TaskContext): Promise<unknown> {
  const { task, gate, timeoutMs, killGraceMs, blockAt, exit: exits } = input;
  const outcome = context.run(task, gate, { timeoutMs, killGraceMs }).catch((error: unknown) => {
    return error instanceof Error && 'code' in error ? error.code : error;
  });
  if (blockAt !== undefined) board.block(blockAt);
  if (exits === true) process.exit(3);
  return outcome;
}

/** Whether somebody wrote to Object.prototype in this thread. */
export function seesPollution(): boolean {
  return 'polluted' in {};
}

/** Throws an error with these properties. */
export function failWith(properties: object): never {
  const error = new Error('as asked');
  for (const [key, value] of Object.entries(properties)) {
    Object.defineProperty(error, key, { value: value as unknown, enumerable: true });
  }
  throw error;
}
/** The process that its worker lives in. */
export function pid(): number {
  return process.pid;
}

/** Takes the whole process down. */
export function crash(signal: NodeJS.Signals): Promise<never> {
  process.kill(process.pid, signal);
  return new Promise<never>(() => undefined);
}

/** Writes a number to the log, then keeps its worker busy. */
export function noteSlowly({ entry, ms }: { readonly entry: number; readonly ms: number }): number {
  board.log(entry);
  const end = performance.now() + ms;
  while (performance.now() < end);
  return entry;
}

/** As `relay`, from before a gate on. */
export async function relayBehind(
  { gate, task, input, priority }: { gate: number; task: string; input: unknown; priority: 0 | 1 | 2 | 3 },
  context: TaskContext,
): Promise<unknown> {
  await board.pause(gate);
  return context.run(task, input, { priority });
}
