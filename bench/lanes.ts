import type { Session } from './case.ts';

/** Runs `total` tasks with `lanes` of them in flight, each lane awaiting its own one after the other. */
export async function runLanes(lanes: number, total: number, task: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < total) await task(next++);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, total) }, lane));
}

/** So long runs whoever is measured before it counts: the compilers take half a second on two CPUs. */
const WARM_UP_MS = 600;

/** Runs it again and again until it is warm. */
export async function warmUp(run: () => Promise<unknown>): Promise<void> {
  for (let leftMs = WARM_UP_MS; leftMs > 0;) leftMs -= await timeMs(run);
}

/** Doubles the batch until it takes half of `targetMs`, then scales it to the target. */
export async function calibrate(
  batch: (count: number) => Promise<unknown>,
  targetMs: number,
  least: number,
): Promise<number> {
  for (let count = least; ; count *= 2) {
    const elapsedMs = await timeMs(() => batch(count));
    if (elapsedMs >= targetMs / 2) return Math.max(least, Math.round((count * targetMs) / elapsedMs));
  }
}

export async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** A session whose figure is nanoseconds per task of a batch that takes about `targetMs`. */
export async function batchSession(
  batch: (count: number) => Promise<unknown>,
  targetMs: number,
  least: number,
): Promise<Session> {
  await warmUp(() => batch(least));
  const count = await calibrate(batch, targetMs, least);
  return {
    round: async () => ({ value: ((await timeMs(() => batch(count))) * 1e6) / count }),
    close: () => Promise.resolve(),
  };
}
