/** Tasks that take a while, and what has become of them. */

const SLOW_MS = 20;

/** How tasks have settled. */
interface Outcomes {
  /** With the square of their number. */
  readonly right: number;
  /** With ERR_WORKER_LOST. */
  readonly lost: number;
  /** With anything else. */
  readonly wrong: readonly unknown[];
}

/** Inputs of `squaredSlowly` and `squaredBusily`. */
export function slowly(count: number, ms = SLOW_MS): { x: number; ms: number }[] {
  return Array.from({ length: count }, (_, x) => ({ x, ms }));
}

export function squaresOf(count: number): number[] {
  return Array.from({ length: count }, (_, x) => x * x);
}

/** Counts how they settle; the nth one has to give the square of n. */
export async function resultsOf(tasks: readonly Promise<number>[]): Promise<Outcomes> {
  const settled = await Promise.allSettled(tasks);
  const wrong: unknown[] = [];
  let right = 0;
  let lost = 0;
  for (const [x, outcome] of settled.entries()) {
    if (outcome.status === 'fulfilled' && outcome.value === x * x) ++right;
    else if (outcome.status === 'rejected' && codeOf(outcome.reason) === 'ERR_WORKER_LOST') ++lost;
    else wrong.push(outcome);
  }
  return { right, lost, wrong };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
