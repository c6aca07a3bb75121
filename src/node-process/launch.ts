import { LAYOUT_VERSION } from '../abi/layout.ts';
import { WorkStealingError } from '../base/errors.ts';
import type { Machine } from '../scheduler/machine.ts';
import type { Objectives } from '../scheduler/objectives-option.ts';
import type { ResolvedOptions } from '../scheduler/options.ts';
import { messageBytes, type StartMessage } from './messages.ts';
import { PROTOCOL_VERSION } from './protocol.ts';

/** How to start a node process. */
export interface Launch {
  /** A `StartMessage`. */
  readonly start: Uint8Array;
  readonly execArgv: readonly string[];
  /** The command that starts it, with its arguments, before the runtime; empty: none. */
  readonly prefix: readonly string[];
  /** How long it may take until it says its first word; what its tasks take to load does not count. */
  readonly helloMs: number;
  /** Undefined: that of this process. */
  readonly env: NodeJS.ProcessEnv | undefined;
}

/** A runtime starts in a tenth of a second; on a machine that swaps, or emulates another one, in a hundred times that. */
const HELLO_MS = 60_000;

/** Flags that say what the program is, or that two processes cannot share (a debugger's port). */
const NOT_FOR_CHILDREN =
  /^--(?:input-type|inspect|debug|test|watch|eval|print|check|interactive)(?:$|[-=])|^-(?:e|p|pe|c|i)$/;
/** Of these, the text of the program follows. */
const WITH_PROGRAM = /^(?:-e|-p|-pe|--eval|--print)$/;

/** @throws WorkStealingError ERR_INVALID_OPTION when workerData cannot be copied */
export function launchOf(options: ResolvedOptions, machine: Machine = {}, prefix: readonly string[] = []): Launch {
  return {
    prefix,
    helloMs: HELLO_MS,
    start: startBytes(options, machine),
    execArgv: options.execArgv ?? inheritedFlags(process.execArgv),
    env: options.env,
  };
}

/** The flags of this process that hold for its children too. */
export function inheritedFlags(execArgv: readonly string[]): readonly string[] {
  return execArgv.filter(
    (flag, n) => !NOT_FOR_CHILDREN.test(flag) && !(n > 0 && WITH_PROGRAM.test(execArgv[n - 1] ?? '')),
  );
}

function startBytes(options: ResolvedOptions, machine: Machine): Uint8Array {
  const { tasks, kernels, poolBytes, maximumBytes, foreignBytes, recycleAt, workerData } = options;
  const { workers, capacity, concurrency, starvationInterval, retry, resourceLimits, timing, name } = options;
  const message: StartMessage = {
    protocol: PROTOCOL_VERSION,
    layout: LAYOUT_VERSION,
    machine,
    options: {
      tasks: tasks?.href,
      kernels: kernels instanceof URL ? kernels.href : kernels,
      memory: { poolBytes, maximumBytes, foreignBytes, recycleAt, shedAt: Infinity, stallShedAt: Infinity }, // its host watches
      numa: 'off',
      objectives: objectivesThere(options.objectives),
      ...{ workers, capacity, concurrency, starvationInterval, retry, resourceLimits, timing, name, workerData },
    },
  };
  try {
    return messageBytes(message);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new WorkStealingError(
      'ERR_INVALID_OPTION',
      `expected workerData to be data that can be copied to another process, got: ${got} (memory is shared among threads only: ` +
        "pass plain data, or use isolation 'thread' and numa 'off')",
      { cause, option: 'workerData' },
    );
  }
}

// What a node process is to watch.
function objectivesThere(objectives: Objectives | undefined): Objectives | undefined {
  return objectives === undefined ? undefined : { ...objectives, errorRate: undefined };
}
