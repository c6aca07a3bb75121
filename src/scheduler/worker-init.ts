import type { Clock } from '../base/clock.ts';
import type { EngineSource } from '../wasm/engine.ts';
import type { WorkerInit } from '../worker/messages.ts';
import type { Machine } from './machine.ts';
import type { ResolvedOptions } from './options.ts';

/** What all workers of a scheduler have in common. */
export interface WorkerParts {
  readonly options: ResolvedOptions;
  readonly source: EngineSource;
  readonly clock: Clock;
  readonly poolBytes: number;
  readonly machine: Machine;
}

/** What a worker is told when it starts. */
export function workerInit({ options, source, clock, poolBytes, machine }: WorkerParts, index: number): WorkerInit {
  return {
    source,
    index,
    node: machine.node ?? 0,
    firstWorker: machine.firstWorker ?? 0,
    cpus: machine.workerCpus?.[index],
    workers: options.workers,
    capacity: options.capacity,
    payloadLimit: poolBytes,
    concurrency: options.concurrency,
    recycleAt: options.recycleAt,
    epochNs: clock.epochNs,
    tasks: options.tasks?.href,
    workerData: options.workerData,
  };
}

/** A worker as listeners know it. */
export function whereOf({ node = 0, firstWorker = 0 }: Machine, worker: number): { worker: number; node: number } {
  return { worker: firstWorker + worker, node };
}
