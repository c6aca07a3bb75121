import { performance } from 'node:perf_hooks';

/** Far beyond what anything takes on any machine, however busy: a test that gets there has failed. */
export const DEADLINE_MS = 60_000;

/** Looks at a condition at every turn of the event loop until it holds. @throws Error when it does not hold in time */
export async function until(condition: () => boolean, what: string, deadlineMs = DEADLINE_MS): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`expected within ${String(deadlineMs)} ms: ${what}`);
    await turn();
  }
}

/** Gives the event loop a turn, timers included. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
}

/** The promise's outcome. @throws Error when it does not settle in time */
export async function within<T>(promise: PromiseLike<T>, what: string, deadlineMs = DEADLINE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`expected within ${String(deadlineMs)} ms: ${what}`));
    }, deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
