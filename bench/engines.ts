/** The engine's side of the cases: the same call for every build of the library. */
import type { Engine, EngineOptions, SharedBuffer, WorkStealingScheduler } from 'tallyio';
import type { Session } from './case.ts';
import type * as handlers from './handlers.ts';
import type { Library } from './library.ts';
import { closing } from './rivals.ts';

/** What kernels.ts exports, as the engine shows it. */
export interface Kernels {
  readonly empty: (x: number) => number;
  readonly double: (x: number) => number;
  readonly busy: (units: number) => number;
  readonly yielding: (units: number) => number;
  readonly echo: (bytes: Uint8Array) => Uint8Array;
  readonly fib: (n: number) => number;
  readonly fibJoined: (n: number) => number;
  readonly sum: (numbers: SharedBuffer) => number;
  readonly matrix: (matrices: SharedBuffer) => number;
  readonly mergeSort: (numbers: SharedBuffer) => number;
  readonly walkPayload: (numbers: Int32Array) => number;
}
export type Handlers = typeof handlers;
export type { Engine };

export const HANDLERS = new URL('./handlers.js', import.meta.url);

export function openKernels(library: Library, options: EngineOptions): Promise<Engine<Kernels>> {
  return library.tallyio.createEngine<Kernels>({ kernels: library.kernels, ...options });
}

export function openHandlers(library: Library, options: EngineOptions): Promise<Engine<Handlers>> {
  return library.tallyio.createEngine<Handlers>({ tasks: HANDLERS, ...options });
}

export function startScheduler(library: Library, options: EngineOptions): Promise<WorkStealingScheduler> {
  return library.tallyio.WorkStealingScheduler.start({ kernels: library.kernels, ...options });
}

/** The session on an engine, which also closes the engine. */
export async function onEngine<E extends { close(): Promise<unknown> }>(
  opening: Promise<E>,
  measure: (engine: E) => Promise<Session> | Session,
): Promise<Session> {
  const engine = await opening;
  return closing(await measure(engine), () => engine.close());
}
