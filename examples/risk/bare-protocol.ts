/**
 * What the bare rivals share: one memory of their own, laid out by hand. Bytes below 64 KiB belong to the constants of the
 * kernels; then come the control words, the times of the control's events, a result block per worker, the inputs.
 */
import { PRICE_INPUT_BYTES } from './layout.ts';

/** Indices of i32 control words, 128 bytes apart. */
export const ROUND = 0;
export const ACTIVE = 32;
export const NEXT = 64;
export const DONE = 96;
/** Events raised and events seen so far. */
export const RAISED = 128;
export const SEEN = 160;
/** 1 when the round is a flood. */
export const FLOOD = 192;
const CONTROL_WORDS = 224;

const CONTROL_START = 65_536;
const RESULT_STRIDE = 128;
const PAGE_BYTES = 65_536;
const LEAST_PAGES = 16;
const MOST_PAGES = 65_536;

/** How many of each there are; from it follows where they stand. */
export interface BareShape {
  readonly workers: number;
  readonly tasks: number;
  readonly events: number;
}

/** Views and offsets into the shared memory. */
export interface BareMemory {
  readonly control: Int32Array;
  /** When event i was raised and how long until it was seen, in nanoseconds of `process.hrtime`. */
  readonly raisedAt: BigInt64Array;
  readonly waits: BigInt64Array;
  readonly bytes: Uint8Array;
  readonly inputAt: (task: number) => number;
  readonly resultAt: (worker: number) => number;
}

export interface BareWorkerData {
  readonly index: number;
  readonly shape: BareShape;
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
}

export function createBareMemory(shape: BareShape): WebAssembly.Memory {
  const pages = Math.max(Math.ceil(layOut(shape).end / PAGE_BYTES), LEAST_PAGES);
  return new WebAssembly.Memory({ initial: pages, maximum: MOST_PAGES, shared: true });
}

export function viewBareMemory(memory: WebAssembly.Memory, shape: BareShape): BareMemory {
  const { raised, waits, results, inputs } = layOut(shape);
  return {
    control: new Int32Array(memory.buffer, CONTROL_START, CONTROL_WORDS),
    raisedAt: new BigInt64Array(memory.buffer, raised, shape.events),
    waits: new BigInt64Array(memory.buffer, waits, shape.events),
    bytes: new Uint8Array(memory.buffer),
    inputAt: (task) => inputs + task * PRICE_INPUT_BYTES,
    resultAt: (worker) => results + worker * RESULT_STRIDE,
  };
}

function layOut({
  workers,
  tasks,
  events,
}: BareShape): Record<'raised' | 'waits' | 'results' | 'inputs' | 'end', number> {
  const raised = CONTROL_START + CONTROL_WORDS * Int32Array.BYTES_PER_ELEMENT;
  const waits = raised + events * BigInt64Array.BYTES_PER_ELEMENT;
  const results = Math.ceil((waits + events * BigInt64Array.BYTES_PER_ELEMENT) / RESULT_STRIDE) * RESULT_STRIDE;
  const inputs = results + workers * RESULT_STRIDE;
  return { raised, waits, results, inputs, end: inputs + tasks * PRICE_INPUT_BYTES };
}
