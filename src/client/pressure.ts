import { LEVELS, PRESSURE_NONE, PRESSURE_REFUSE, PRESSURE_SHED } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import { WorkStealingError } from '../base/errors.ts';
import type { SharedViews } from '../wasm/memory.ts';

/** Memory is short, or is not any more. docs/limits.md */
export interface MemoryPressure {
  /** `memory`: what a control group uses of its limit. `stall`: time that threads stood still for lack of memory. */
  readonly resource: 'memory' | 'stall';
  /** The reading. */
  readonly usage: number;
  /** `memory`: the limit of the group. `stall`: the mark that was passed. */
  readonly limit: number;
  /** `percent`: of the last ten seconds. */
  readonly unit: 'bytes' | 'percent';
  /** From here on: `shed` refuses Low tasks, `refuse` all; `none`: it is over. */
  readonly level: 'none' | 'shed' | 'refuse';
}

const WORDS: Readonly<Record<MemoryPressure['level'], number>> = {
  none: PRESSURE_NONE,
  shed: PRESSURE_SHED,
  refuse: PRESSURE_REFUSE,
};

/** Why a task of this priority is not taken; undefined when it is. */
export function refusalBy(pressure: MemoryPressure | undefined, priority: number): WorkStealingError | undefined {
  if (pressure === undefined || priority + WORDS[pressure.level] < LEVELS) return undefined;
  return pressureError(pressure);
}

/**
 * Tells all threads that submit. The host alone writes; the words are read one by one, so a message may mix two readings.
 *
 * @internal
 */
export function writePressure({ i32, f64 }: SharedViews, pressure: MemoryPressure): void {
  f64[layout.PRESSURE_USAGE >> 3] = pressure.usage;
  f64[layout.PRESSURE_LIMIT >> 3] = pressure.limit;
  i32[layout.PRESSURE_STALLS >> 2] = pressure.resource === 'stall' ? 1 : 0;
  Atomics.store(i32, layout.PRESSURE >> 2, WORDS[pressure.level]);
}

/** As `refusalBy`, by what was told. @internal */
export function refusalByWords(views: SharedViews, priority: number): WorkStealingError | undefined {
  const refused = views.i32[layout.PRESSURE >> 2] ?? 0; // racy: pressure may come a moment later
  return priority + refused < LEVELS ? undefined : pressureError(readPressure(views));
}

/** What `writePressure` told. @internal */
export function readPressure({ i32, f64 }: SharedViews): MemoryPressure {
  const stalls = i32[layout.PRESSURE_STALLS >> 2] === 1;
  const refused = i32[layout.PRESSURE >> 2] ?? PRESSURE_NONE;
  return {
    resource: stalls ? 'stall' : 'memory',
    usage: f64[layout.PRESSURE_USAGE >> 3] ?? 0,
    limit: f64[layout.PRESSURE_LIMIT >> 3] ?? 0,
    unit: stalls ? 'percent' : 'bytes',
    level: refused === PRESSURE_NONE ? 'none' : refused < LEVELS ? 'shed' : 'refuse',
  };
}

/** The error of a task that was not taken, or was let go before it started, because memory is short. */
export function pressureError({ resource, usage, limit, unit, level }: MemoryPressure): WorkStealingError {
  const found =
    resource === 'memory'
      ? `${String(Math.ceil(usage))} of the ${String(limit)} bytes that the control group allows are in use`
      : `threads stood still for ${usage.toFixed(1)} % of the last ten seconds for lack of memory`;
  const wayOut =
    level === 'refuse'
      ? "submit again when the event 'pressure' tells that it is over, or raise the limit"
      : "submit with a higher priority, or when the event 'pressure' tells that it is over";
  return new WorkStealingError(
    'ERR_RESOURCE_EXHAUSTED',
    `expected memory to be free for ${level === 'refuse' ? 'another task' : 'a task of priority Low'}, but ${found}: ${wayOut}`,
    { resource, usage, limit, unit },
  );
}
