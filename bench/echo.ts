import type { Session } from './case.ts';
import { batchSession, runLanes } from './lanes.ts';

const IN_FLIGHT_BYTES = 8 * 2 ** 20;
const IN_FLIGHT_MOST = 1_000;

export type Echo = (bytes: Uint8Array) => Promise<unknown>;

/** How payloads are sent to and fro. */
export interface EchoLoad {
  readonly size: number;
  readonly workers: number;
  /** How long a round takes. */
  readonly targetMs: number;
}

/** As many tasks as have 8 MiB together, but two for each worker and no more than in the other cases. */
export function inFlight({ size, workers }: EchoLoad): number {
  return Math.max(2 * workers, Math.min(IN_FLIGHT_MOST, Math.floor(IN_FLIGHT_BYTES / size)));
}

/** Nanoseconds per echo. */
export async function echoSession(load: EchoLoad, echo: Echo): Promise<Session> {
  const bytes = Uint8Array.from({ length: load.size }, (_, index) => index % 251);
  const echoed = await echo(bytes);
  if (!(echoed instanceof Uint8Array) || Buffer.compare(echoed, bytes) !== 0) {
    throw new Error(`expected ${String(load.size)} bytes to come back as they were`);
  }
  const lanes = inFlight(load);
  return batchSession((count) => runLanes(lanes, count, () => echo(bytes)), load.targetMs, lanes);
}
