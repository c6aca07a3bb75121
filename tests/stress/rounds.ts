import { type TestContext } from 'node:test';
import { QUICK } from '../support/quick.ts';
import { Crew, type CrewOptions } from './crew.ts';

/** Milliseconds a scenario. */
export const BUDGET_MS = Number(process.env['TALLYIO_STRESS_MS'] ?? (QUICK ? 150 : 300));
export const FIRST_SEED = Number(process.env['TALLYIO_STRESS_SEED'] ?? Date.now() % 1_000_000);

/**
 * Repeats a round with new seeds until the time of a scenario is over (TALLYIO_STRESS_MS, at least once). Says which seeds
 * it used: TALLYIO_STRESS_SEED repeats them, though not what the machine's scheduler did.
 */
export async function rounds(
  test: TestContext,
  options: CrewOptions,
  round: (crew: Crew, seed: number) => Promise<void>,
): Promise<void> {
  const crew = new Crew(options);
  let seed = FIRST_SEED;
  try {
    const end = performance.now() + BUDGET_MS;
    do {
      await round(crew, seed);
      seed += 1;
    } while (performance.now() < end);
  } finally {
    test.diagnostic(`seeds ${String(FIRST_SEED)} … ${String(seed - 1)}`);
    await crew.close();
  }
}
