/** Prints the resident size of this process, in bytes, with what `hold` names in it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readInput, printFigures, type ChildInput } from './input.ts';
import { startThreads, stopThreads } from '../floors/threads.ts';

export interface FootprintInput extends ChildInput {
  /** `threads`: bare ones. `engine`: idle. `tasks`: an engine of `capacity` slots with that many tasks queued. */
  readonly hold: 'threads' | 'engine' | 'tasks';
  readonly capacity: number;
  /** Steps of `burn` that keep the worker busy while the size is read. */
  readonly busyUnits: number;
}

const input = readInput() as FootprintInput;
const { hold, capacity, busyUnits, kernels, workers } = input;

switch (hold) {
  case 'threads': {
    const threads = await startThreads(workers, new URL('../floors/bare-worker.js', import.meta.url));
    // The engine's side has its modules loaded as well.
    await import(input.entry);
    await report();
    await stopThreads(threads);
    break;
  }
  case 'engine': {
    const { createEngine } = (await import(input.entry)) as typeof import('tallyio');
    const engine = await createEngine<object>({ kernels: new URL(kernels), workers });
    await report();
    await engine.close();
    break;
  }
  case 'tasks': {
    const { WorkStealingScheduler, Priority } = (await import(input.entry)) as typeof import('tallyio');
    const scheduler = await WorkStealingScheduler.start({ kernels: new URL(kernels), workers: 1, capacity });
    const blocker = scheduler.submitTask(scheduler.taskType('busy'), busyUnits, Priority.High);
    while (scheduler.poll(blocker) === 'queued') await sleep(1);
    const type = scheduler.taskType('empty');
    // Some slots are kept for Critical tasks.
    const tasks = Math.floor(capacity * 0.9);
    for (let index = 0; index < tasks; index++) scheduler.submitTask(type, index, Priority.Normal);
    await report(tasks);
    process.exit();
  }
}

/** The size once the heap is quiet; `tasks` beside it. */
async function report(tasks = 0): Promise<void> {
  await sleep(100);
  globalThis.gc?.();
  printFigures({ value: process.memoryUsage.rss(), tasks });
}
