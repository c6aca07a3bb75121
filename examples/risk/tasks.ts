/** The kernels as the engine's types see them. */
import type { Engine } from '../../src/index.ts';

/** Of kernels.ts; bytes in, bytes out, as layout.ts draws them. */
export interface RiskKernels {
  readonly price: (input: Uint8Array) => Uint8Array;
  readonly quote: (input: Uint8Array) => Uint8Array;
  readonly revalue: (input: Uint8Array) => Uint8Array;
}

export type RiskEngine = Engine<RiskKernels>;

/** Compiled together with the engine, beside this file's own output. */
export const KERNELS = new URL('./kernels.wasm', import.meta.url);

/**
 * Low tasks in flight at once: enough that no worker runs dry while this thread is away for a few milliseconds, little
 * enough that memory does not grow with the book. A guess.
 */
export const LOW_IN_FLIGHT = 256;

/** The bytes as numbers, whatever their alignment. */
export function toView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
