import { setTimeout as sleep } from 'node:timers/promises';

/** Calls `act` every `gapMs`; one that comes late is not skipped, the next ones follow at once. */
export async function paced(durationMs: number, gapMs: number, act: () => void): Promise<void> {
  const start = performance.now();
  const acts = Math.floor(durationMs / gapMs);
  for (let done = 0; done < acts; done++) {
    const early = start + done * gapMs - performance.now();
    if (early > 0) await sleep(early);
    act();
  }
}
