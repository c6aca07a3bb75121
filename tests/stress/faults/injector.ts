import { setTimeout as delay } from 'node:timers/promises';
import type { RunOptions } from '../../../src/client/run-options.ts';
import type { AttachHandle } from '../../../src/worker/attach.ts';
import { AttachedThread } from '../../support/attached-thread.ts';
import { isAlive } from '../../support/lost-process.ts';
import { until } from '../../support/until.ts';
import { codeOf, outcomeOf } from '../fuzz/judge.ts';
import type { Desk } from './desk.ts';
import { type Diary, nowMs } from './diary.ts';
import type { Fault, InjectedKind } from './fault.ts';
import type { Threads } from './threads.ts';

const LOST = 'ERR_WORKER_LOST';
const ABORTED = 'ERR_TASK_ABORTED';
const TIMEOUT = 'ERR_TASK_TIMEOUT';
const CLOSED = 'ERR_CLOSED';
const FAILED = 'ERR_TASK_FAILED';
/** A task that heeds its signal has so long, on any machine. */
const PATIENT_MS = 30_000;
const SIGNALS = ['SIGKILL', 'SIGABRT', 'SIGSEGV'] as const;
const NESTED = ['spin', 'waitForEver', 'neverSettles'];
const CHILD_TASKS = 50;

/** What faults are done to. */
export interface Victim {
  readonly desk: Desk;
  readonly diary: Diary;
  readonly threads: Threads;
  /** Threads of its workers, as of now: those that start as well. */
  readonly workers: () => readonly number[];
  /** Processes that were killed from here, and when. */
  readonly killed: Map<number, number>;
  /** For threads that attach. */
  readonly attach: () => AttachHandle;
}

/** Does a fault to an engine. Resolves when it is over. @returns whether it was done: a victim may be gone already */
export async function inject(fault: Fault, victim: Victim): Promise<boolean> {
  return (await INJECTIONS[fault.kind](fault, victim)) ?? true;
}

type Injection = (fault: Fault, victim: Victim) => Promise<boolean | undefined>;

/** A task that does not stop: it rejects, its worker is ended. */
function kill(task: string): Injection {
  return async ({ id, afterMs, graceMs, bySignal }, { desk }) => {
    const input = task === 'loopForEver' ? id : { id };
    const ending: RunOptions = bySignal ? { signal: AbortSignal.timeout(afterMs) } : { timeoutMs: afterMs };
    const options = { ...ending, killGraceMs: graceMs };
    await desk.ask({ id, task, input, options, isValue: undefined, codes: [bySignal ? ABORTED : TIMEOUT] });
    return undefined;
  };
}

/** A nested task that does not stop: its worker is ended, which may be the one that asked for it. */
async function killNested({ id, afterMs, graceMs, choice }: Fault, { desk }: Victim): Promise<undefined> {
  const task = NESTED[choice % NESTED.length] ?? 'spin';
  const input = { id, task, timeoutMs: 1 + afterMs, killGraceMs: graceMs };
  const isValue = (code: unknown): boolean =>
    code === TIMEOUT || (code === LOST && desk.mayLose) || (code === CLOSED && desk.mayForce);
  await desk.ask({ id, task: 'nestForEver', input, isValue, codes: [LOST] });
}

/** A task that ends with an error. */
function fail(task: string, code: string, isKernel = false): Injection {
  return async ({ id, retry }, { desk }) => {
    const options = retry === undefined ? {} : { retry };
    const input = isKernel ? id : { id, turns: id & 3 };
    await desk.ask({ id, task, input, options, isValue: undefined, codes: [code], hasPayload: true });
    return undefined;
  };
}

/** A task that gives its value, and its worker dies a moment later. */
function failLater(task: string): Injection {
  return async ({ id, retry }, { desk, diary, threads }) => {
    const options = retry === undefined ? {} : { retry };
    await desk.ask({ id, task, input: { id }, options, isValue: (value) => value === id, codes: [LOST] });
    const isOver = (): boolean => diary.notes().every(({ kind, who }) => kind === 'born' || !threads.isAlive(who));
    if (typeof diary.handle !== 'string') await until(isOver, `the worker of ${task} to exit`, PATIENT_MS);
    return undefined;
  };
}

/** A task with a time limit that heeds it. */
async function hang({ id, afterMs, choice }: Fault, { desk }: Victim): Promise<undefined> {
  const options = { timeoutMs: 1 + afterMs, killGraceMs: PATIENT_MS };
  const task = choice & 1 ? 'heed' : 'heedLater';
  const isValue = (): boolean => desk.mayForce; // a forced close asks it to stop as well
  await desk.ask({ id, task, input: { id }, options, isValue, codes: [TIMEOUT] });
}

async function abortBefore({ id }: Fault, { desk }: Victim): Promise<undefined> {
  const options = { signal: AbortSignal.abort('before') };
  await desk.ask({
    id,
    task: 'echo',
    input: { id, value: id },
    options,
    isValue: undefined,
    codes: [],
    refusal: ABORTED,
  });
}

async function abortQueued({ id }: Fault, { desk }: Victim): Promise<undefined> {
  const controller = new AbortController();
  const options = { signal: controller.signal, priority: 3 } as const;
  const asked = desk.ask({ id, task: 'echo', input: { id, value: id }, options, isValue: undefined, codes: [ABORTED] });
  controller.abort('queued');
  await asked;
}

async function abortRunning({ id, choice }: Fault, { desk, diary }: Victim): Promise<undefined> {
  const controller = new AbortController();
  const options = { signal: controller.signal, killGraceMs: PATIENT_MS };
  const task = choice & 1 ? 'heed' : 'heedLater';
  let isOver = false;
  const isValue = (): boolean => desk.mayForce; // as above
  const asked = desk.ask({ id, task, input: { id }, options, isValue, codes: [ABORTED] }).then(() => {
    isOver = true;
  });
  await until(() => isOver || (diary.runs()[id] ?? 0) > 0, 'a task to start', PATIENT_MS);
  controller.abort('running');
  await asked;
}

async function abortAtAnyTime({ id, afterMs }: Fault, { desk }: Victim): Promise<undefined> {
  const options = { signal: AbortSignal.timeout(afterMs) };
  const input = { id, value: { id }, turns: afterMs };
  const isValue = (value: unknown): boolean => JSON.stringify(value) === JSON.stringify({ id });
  await desk.ask({ id, task: 'echoLater', input, options, isValue, codes: [ABORTED], hasPayload: true });
}

async function abortAfter({ id }: Fault, { desk }: Victim): Promise<undefined> {
  const controller = new AbortController();
  const options = { signal: controller.signal };
  const input = { id, value: id };
  await desk.ask({ id, task: 'echo', input, options, isValue: (value) => value === id, codes: [], hasPayload: true });
  controller.abort('after');
}

async function startLate({ id, afterMs }: Fault, { desk }: Victim): Promise<undefined> {
  const options = { startWithinMs: afterMs, priority: 3 } as const;
  await desk.ask({
    id,
    task: 'double',
    input: id,
    options,
    isValue: (value) => value === 2 * id,
    codes: ['ERR_DEADLINE'],
  });
}

async function endLate({ id, afterMs, choice }: Fault, { desk }: Victim): Promise<undefined> {
  const options = { timeoutMs: afterMs };
  const input = { id, us: choice % 3000 };
  await desk.ask({
    id,
    task: 'burn',
    input,
    options,
    isValue: (value) => value === id,
    codes: [TIMEOUT],
    hasPayload: true,
  });
}

async function terminate({ choice }: Fault, { threads, workers }: Victim): Promise<boolean> {
  const alive = workers();
  return threads.terminate(alive[choice % alive.length] ?? -1);
}

/** A thread attaches and submits, and then it is gone, one way or another. */
async function attachAndEnd({ id, afterMs, choice }: Fault, { desk, attach }: Victim): Promise<undefined> {
  const thread = await AttachedThread.start(attach());
  const inputs = Array.from({ length: CHILD_TASKS }, () => ({ id: 0, value: id }));
  const answer = outcomeOf(thread.ask('runMany', 'echo', inputs));
  if (choice % 3 === 0) {
    const outcome = await answer;
    const isRight =
      'value' in outcome && JSON.stringify(outcome.value) === JSON.stringify(inputs.map(({ value }) => value));
    const code = 'error' in outcome ? codeOf(outcome.error) : undefined;
    if (!isRight && code !== LOST && code !== 'ERR_RESOURCE_EXHAUSTED')
      desk.complain(`attached thread: ${JSON.stringify(outcome)}`);
    await thread.ask('detach');
  } else if (choice % 3 === 1) void outcomeOf(thread.ask('exit'));
  else await delay(afterMs);
  if (choice % 3 !== 1) await thread.end();
  await thread.exited();
}

async function killProcess({ afterMs }: Fault, { desk, killed, diary }: Victim): Promise<boolean> {
  const alive = diary.notes().findLast(({ kind, who }) => kind === 'born' && isAlive(who));
  await delay(afterMs);
  if (alive === undefined || !isAlive(alive.who)) return false;
  if (desk.isClosing) return false;
  killed.set(alive.who, nowMs());
  process.kill(alive.who, 'SIGKILL');
  await until(() => !isAlive(alive.who), 'a killed process to be gone', PATIENT_MS);
  return true;
}

async function crashProcess({ id, choice, retry }: Fault, { desk }: Victim): Promise<undefined> {
  const input = { id, signal: SIGNALS[choice % SIGNALS.length] };
  const options = retry === undefined ? {} : { retry: retry & 1 };
  await desk.ask({ id, task: 'crashProcess', input, options, isValue: undefined, codes: [LOST] });
}

const INJECTIONS: Readonly<Record<InjectedKind, Injection>> = {
  'kill: synchronous loop': kill('spin'),
  'kill: Atomics.wait': kill('waitForEver'),
  'kill: never settles': kill('neverSettles'),
  'kill: loop of a kernel': kill('loopForEver'),
  'kill: nested task': killNested,
  'throw: synchronous': fail('fail', FAILED),
  'throw: asynchronous': fail('failLater', FAILED),
  'throw: result that cannot be copied': fail('giveFunction', 'ERR_NOT_SHAREABLE'),
  'throw: kernel fails': fail('fails', FAILED, true),
  'throw: kernel traps': fail('trapsWithResult', FAILED, true),
  'exit: process.exit': fail('exit', LOST),
  'exit: process.exit after an await': fail('exitLater', LOST),
  'exit: uncaught error in a timer': failLater('crash'),
  'exit: unhandled rejection': failLater('rejectUnheard'),
  'terminate from outside': terminate,
  'hang until timeoutMs': hang,
  'out of memory': fail('hoard', LOST),
  'stack overflow: handler': fail('recurse', FAILED),
  'stack overflow: kernel': fail('overflowsStack', FAILED, true),
  'abort: before': abortBefore,
  'abort: queued': abortQueued,
  'abort: running': abortRunning,
  'abort: at any time': abortAtAnyTime,
  'abort: after': abortAfter,
  startWithinMs: startLate,
  timeoutMs: endLate,
  'attached thread ends': attachAndEnd,
  'process: SIGKILL': killProcess,
  'process: crash of a handler': crashProcess,
};
