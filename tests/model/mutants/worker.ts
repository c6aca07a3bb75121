/** Tries mutants by their place in the list, one after the other. */
import assert from 'node:assert/strict';
import { parentPort } from 'node:worker_threads';
import { refute } from '../check.ts';
import { mutants } from './list.ts';

/** What came of a mutant. */
export interface Verdict {
  readonly index: number;
  /** Runs until it was caught. */
  readonly runs: number;
  readonly ms: number;
  /** What the scenario said of it, or why it was not caught. */
  readonly message: string;
  readonly caught: boolean;
}

async function judge(index: number): Promise<Verdict> {
  const mutant = mutants[index];
  assert.ok(mutant !== undefined);
  const begin = performance.now();
  const verdict = (runs: number, message: string, caught: boolean): Verdict => ({
    index,
    runs,
    ms: performance.now() - begin,
    message,
    caught,
  });
  try {
    const { runs, failure = '' } = await refute(mutant.scenario, mutant.preemptions, mutant);
    return verdict(runs, failure, true);
  } catch (error) {
    return verdict(0, error instanceof Error ? error.message : String(error), false);
  }
}

parentPort?.on('message', (index: number) => {
  void judge(index).then((verdict) => {
    parentPort?.postMessage(verdict);
  });
});
