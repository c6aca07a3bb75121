import * as layout from '../../../src/abi/layout.ts';
import { WorkStealingScheduler } from '../../../src/scheduler/scheduler.ts';
import { KERNELS } from '../../support/engines.ts';
import { slotsInUse } from '../slots.ts';
import type { Settings } from './program.ts';

const TASKS = new URL('./tasks.js', import.meta.url);

/** An engine of the fuzzer's tasks. @param runs a shared counter for each task */
export function startEngine(
  { kernels, poolBytes, ...settings }: Settings,
  runs: Int32Array,
): Promise<WorkStealingScheduler> {
  return WorkStealingScheduler.start({
    tasks: TASKS,
    ...(kernels ? { kernels: KERNELS } : {}),
    ...settings,
    memory: { poolBytes },
    workerData: runs.buffer,
  });
}

/** What a quiet engine should not have: slots, bytes, tasks. @returns '' when there is nothing */
export function leftovers(engine: WorkStealingScheduler): string {
  const { queued, running, poolBytesUsed } = engine.stats();
  const slots = slotsInUse(engine.attach().source.memory);
  const sum = queued + running + poolBytesUsed + slots.length;
  return sum === 0 ? '' : JSON.stringify({ queued, running, poolBytesUsed, slots });
}

/** What there is to know of an engine that hangs. */
export function describeEngine(engine: WorkStealingScheduler): string {
  const words = new Int32Array(engine.attach().source.memory.buffer);
  const word = (address: number): number => words[address >>> 2] ?? 0;
  const host = word(layout.HEADER_SUBMITTER_BLOCKS);
  return JSON.stringify({
    levels: word(layout.LEVEL_WORD),
    idle: word(layout.ROSTER),
    searching: word(layout.ROSTER + 4),
    inbox: word(host + layout.SUBMITTER_INBOX),
    armed: word(host + layout.SUBMITTER_ARMED),
    stats: engine.stats(),
  });
}
