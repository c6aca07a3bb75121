import { threadId } from 'node:worker_threads';
import { instantiateSync } from '@assemblyscript/loader';
import { BAD_LAYOUT } from '../abi/codes.ts';
import { SUBMITTER_BYTES, TYPE_BYTES } from '../abi/layout.ts';
import * as layout from '../abi/layout.ts';
import { WorkStealingError } from '../base/errors.ts';
import { ENGINE_EXPORTS, SECOND_NAME } from './exports.ts';
import { Guard } from './guard.ts';
import { type SharedViews, viewMemory } from './memory.ts';

/** Exports of assembly/abi.ts; the comments there say what each does. Addresses may come out negative: `>>> 0`. */
interface EngineExports {
  attach(submitter: number, worker: number): number;
  takeSubmitter(owner: number): number;
  leaveSubmitter(submitter: number): void;
  flush(): void;
  allocBlock(bytes: number): number;
  freeBlock(block: number, bytes: number): void;
  recall(bytes: number): number;
  isRecalling(): number;
  submit(
    type: number,
    level: number,
    flags: number,
    tag: number,
    value: number,
    payload: number,
    length: number,
  ): number;
  setRetries(most: number): void;
  submitKept(type: number, level: number, value: number): number;
  stage(
    n: number,
    type: number,
    level: number,
    flags: number,
    tag: number,
    value: number,
    payload: number,
    length: number,
  ): number;
  stageNumbers(n: number, count: number, type: number, level: number): number;
  stageRecords(n: number, count: number, level: number): number;
  publish(level: number, n: number): void;
  wokeWorker(): number;
  mail(
    worker: number,
    type: number,
    level: number,
    flags: number,
    tag: number,
    value: number,
    payload: number,
    length: number,
  ): number;
  idOf(index: number): number;
  statusOfId(index: number, generation: number): number;
  cancel(index: number): number;
  requestCancel(index: number, endMs: number): void;
  setLimits(timeoutMs: number, graceMs: number): void;
  expectLimit(atMs: number): void;
  keepLimits(nowMs: number): number;
  condemn(index: number): number;
  seesDoom(): number;
  condemnedOn(worker: number): number;
  startedAt(index: number): number;
  runnerOf(index: number): number;
  statusAt(index: number): number;
  drain(most: number): number;
  readKept(index: number): void;
  release(index: number): void;
  arm(bell: number): number;
  disarm(): void;
  work(budgetUs: number, nestedOnly: number): number;
  spin(): number;
  spinForCompletion(sweeps: number): number;
  announce(): number;
  resume(): number;
  doze(): number;
  endDoze(): void;
  endSearch(): void;
  becomeIdle(state: number): void;
  runKernels(): void;
  runInline(type: number, tag: number, value: number, payload: number, length: number): number;
  finish(index: number, status: number, tag: number, value: number, payload: number, length: number): number;
  abandon(): void;
  runFrame(frame: number): void;
  failFrame(frame: number, tag: number, block: number, length: number): void;
  forsake(worker: number): number;
  dropInline(): void;
  freeRecord(record: number): void;
  isCancelRequested(index: number): number;
  alert(worker: number, bits: number): void;
  recoverWorker(worker: number): number;
  recoverAttached(submitter: number): number;
  clearPlace(submitter: number): number;
}

/** One thread's instance of the engine over the shared memory. The only caller of its exports. */
export interface EngineInstance extends SharedViews {
  readonly exports: EngineExports;
  readonly submitter: number;
  /** Index into `i32` of this thread's submitter block. */
  readonly submitterBlock: number;
}

/** What a thread needs to attach; goes to workers by structured clone. */
export interface EngineSource {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly kernels: readonly string[];
  /** Where the kernels are, if they are not in the module of the engine. */
  readonly foreign?: WebAssembly.Module | undefined;
}

/**
 * Instantiates the engine in this thread.
 *
 * @param submitter this thread's submitter, or −1 to take a free one
 * @throws WorkStealingError ERR_LAYOUT_VERSION, ERR_MODULE_LOAD, ERR_RESOURCE_EXHAUSTED (no submitter left)
 */
export function attachEngine(
  source: EngineSource,
  submitter: number,
  worker: number,
  now: () => number,
): EngineInstance {
  const views = viewMemory(source.memory);
  const guard = new Guard(source.memory);
  const instance = instantiate(source, now, guard);
  const exports = engineExports(instance.exports);
  guard.guard(exports);
  const table = instance.exports['table'];
  if (!(table instanceof WebAssembly.Table)) throw layoutError('it exports no table: build it with --exportTable');
  if (source.foreign === undefined) registerKernels(table, instance.exports, source.kernels);
  attachAs(exports, Math.max(submitter, 0), worker);
  let own = submitter;
  if (own < 0) {
    own = exports.takeSubmitter(threadId + 1);
    if (own < 0) {
      const limit = (views.i32[layout.HEADER_SUBMITTERS >> 2] ?? 0) - (views.i32[layout.HEADER_WORKERS >> 2] ?? 0) - 1;
      throw new WorkStealingError(
        'ERR_RESOURCE_EXHAUSTED',
        `expected at most ${String(limit)} attached threads at once: detach one before you attach another`,
        { resource: 'submitters', usage: limit, limit, unit: 'slots' },
      );
    }
    attachAs(exports, own, worker);
  }
  const blocks = views.u32[layout.HEADER_SUBMITTER_BLOCKS >> 2] ?? 0;
  return { ...views, exports, submitter: own, submitterBlock: (blocks + own * SUBMITTER_BYTES) / 4 };
}

/** Tells all threads which types are kernels; the host calls it before any worker attaches. */
export function writeTypes(views: SharedViews, kernels: readonly string[]): void {
  const first = (views.u32[layout.HEADER_TYPES >> 2] ?? 0) >> 2;
  for (let type = 0; type < layout.MAX_TYPES; ++type) {
    views.i32[first + type * (TYPE_BYTES >> 2)] = type < kernels.length ? KERNEL_TABLE_BASE + type : -1;
  }
}

/** AssemblyScript keeps table index 0 empty; kernels follow behind whatever the module put there. */
const KERNEL_TABLE_BASE = 1024;

function registerKernels(table: WebAssembly.Table, exports: WebAssembly.Exports, kernels: readonly string[]): void {
  if (kernels.length === 0) return;
  table.grow(KERNEL_TABLE_BASE + kernels.length - table.length);
  kernels.forEach((name, type) => {
    table.set(KERNEL_TABLE_BASE + type, exports[name]);
  });
}

function instantiate(source: EngineSource, now: () => number, { imports }: Guard): WebAssembly.Instance {
  try {
    // The loader's own exports wrap every call; the instance's are the bare functions.
    return instantiateSync(source.module, { env: { memory: source.memory }, clock: { now }, guard: imports }).instance;
  } catch (cause) {
    throw new WorkStealingError(
      'ERR_MODULE_LOAD',
      `expected kernels that import nothing but the engine's memory and clock: ${String(cause)}`,
      { cause },
    );
  }
}

function attachAs(exports: EngineExports, submitter: number, worker: number): void {
  if (exports.attach(submitter, worker) === BAD_LAYOUT) {
    throw layoutError('its memory layout is another one: rebuild kernels with the installed tallyio');
  }
}

function layoutError(what: string): WorkStealingError {
  return new WorkStealingError(
    'ERR_LAYOUT_VERSION',
    `expected a module built with this version of the engine, but ${what}`,
  );
}

function engineExports(exports: WebAssembly.Exports): EngineExports {
  const taken = ENGINE_EXPORTS.filter((name) => exports[name] !== exports[SECOND_NAME + name]);
  if (taken.length > 0) {
    throw new WorkStealingError(
      'ERR_MODULE_LOAD',
      `expected kernels that are not named as functions of the engine, got ${taken.join(', ')}: rename them`,
    );
  }
  // Checked by name when the module was compiled (module.ts); WebAssembly tells no signatures.
  return exports as unknown as EngineExports;
}
