/** How model tests use the explorer: `check` wants no failure within the bound, `refute` wants one. */
import assert from 'node:assert/strict';
import { explore, type Report, type Scenario } from './explorer.ts';
import { type Edit, engineModule, mutantModule } from './module.ts';
import type { Role } from './vthread.ts';

/** The thread that submits and does no work. */
export const host: Role = { submitter: 0, worker: -1 };

export function workerRole(worker: number): Role {
  return { submitter: worker + 1, worker };
}

const FULL = process.env['TALLYIO_MODEL'] === 'full';
const VERBOSE = process.env['TALLYIO_MODEL_VERBOSE'] === '1';
let engine: WebAssembly.Module | undefined;
/** The deepest bound at which a scenario was seen to hold. */
const held = new WeakMap<Scenario, number>();

/** Preemption bound of the quick set, and of TALLYIO_MODEL=full. */
export interface PreemptionBounds {
  readonly preemptions: number;
  readonly full: number;
}

/** Every schedule within the bound keeps what the scenario promises. */
export function check(scenario: Scenario, bounds: PreemptionBounds): void {
  engine ??= engineModule();
  const preemptions = FULL ? bounds.full : bounds.preemptions;
  const begin = performance.now();
  const report = explore(engine, scenario, { preemptions });
  if (VERBOSE)
    console.log(`# ≤ ${String(preemptions)} preemptions`, report, Math.round(performance.now() - begin), 'ms');
  assert.equal(report.failure, undefined, report.failure);
  held.set(scenario, preemptions);
  assert.ok(report.complete, `expected all schedules to be seen, stopped after ${String(report.runs)} runs`);
}

/** A deeper bound than this would check the unedited engine for longer than the mutant. */
const UNEDITED_BOUND = 2;

/** The scenario can fail: it holds as the engine is, and with this mutation some schedule within the bound breaks it. */
export async function refute(scenario: Scenario, preemptions: number, ...edits: readonly Edit[]): Promise<Report> {
  const bound = FULL ? preemptions : Math.min(preemptions, UNEDITED_BOUND);
  if ((held.get(scenario) ?? -1) < bound) check(scenario, { preemptions: bound, full: bound });
  const report = explore(await mutantModule(edits), scenario, { preemptions });
  if (VERBOSE) console.log('# caught', report);
  assert.ok(report.failure !== undefined, `expected the mutant to be caught, it passed ${String(report.runs)} runs`);
  return report;
}
