import { currentThreadId, type Pinning, pinThread } from '../affinity/pin-thread.ts';
import { parseInteger, readText } from '../topology/fs-text.ts';

/** Pins the thread that calls, and looks where it runs. */
export interface ThreadPins {
  /** Lets the calling thread run on these CPUs only. Never throws. */
  pin(cpus: readonly number[]): Pinning;
  /** The CPU that the calling thread runs on; null when the kernel does not tell. */
  currentCpu(): number | null;
}

/** Those of this machine. */
export const MACHINE_PINS: ThreadPins = {
  pin(cpus) {
    const tid = currentThreadId();
    if (tid !== null) return pinThread(tid, cpus);
    return { pinned: false, cpus: null, reason: 'the system does not tell the id of a thread: pinning needs Linux' };
  },
  currentCpu: () => runningCpu(readText('/', 'proc/thread-self/stat')),
};

/** Those of a machine that was described by files: nothing on the real one is changed for it. */
export function pinsElsewhere(root: string): ThreadPins {
  const reason = `the topology was read from ${root}, not from this machine: leave root out to pin threads`;
  return { pin: () => ({ pinned: false, cpus: null, reason }), currentCpu: () => null };
}

/** The CPU in the text of a `stat` file: field 39, and the name in field 2 may have spaces and brackets. */
export function runningCpu(stat: string | null): number | null {
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return parseInteger(fields[39 - 3] ?? null);
}
