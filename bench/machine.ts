import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** Where the figures come from; without it they mean nothing. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly usableCores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly v8: string;
  readonly os: string;
  /** 1, 5 and 15 minute load averages before the first round. */
  readonly load: readonly number[];
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    usableCores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    v8: process.versions.v8,
    os: `${type()} ${release()}`,
    load: loadavg().map((value) => Number(value.toFixed(2))),
  };
}
