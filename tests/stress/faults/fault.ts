/** What the campaign does to an engine. */
import type { Random } from '../../support/random.ts';

/** What an engine has to have for a fault to be possible. */
type Need = 'handlers' | 'kernels' | 'thread' | 'process' | 'limits' | 'slots';

interface Trait {
  /** How often it comes, against others. */
  readonly weight: number;
  readonly needs: Need;
  /** It takes a worker down. */
  readonly kills: boolean;
}

const TRAITS = {
  'kill: synchronous loop': { weight: 4, needs: 'handlers', kills: true },
  'kill: Atomics.wait': { weight: 4, needs: 'handlers', kills: true },
  'kill: never settles': { weight: 4, needs: 'handlers', kills: true },
  'kill: loop of a kernel': { weight: 3, needs: 'kernels', kills: true },
  'kill: nested task': { weight: 8, needs: 'slots', kills: true },
  'throw: synchronous': { weight: 2, needs: 'handlers', kills: false },
  'throw: asynchronous': { weight: 2, needs: 'handlers', kills: false },
  'throw: result that cannot be copied': { weight: 1, needs: 'handlers', kills: false },
  'throw: kernel fails': { weight: 2, needs: 'kernels', kills: false },
  'throw: kernel traps': { weight: 2, needs: 'kernels', kills: false },
  'exit: process.exit': { weight: 5, needs: 'handlers', kills: true },
  'exit: process.exit after an await': { weight: 3, needs: 'handlers', kills: true },
  'exit: uncaught error in a timer': { weight: 3, needs: 'handlers', kills: true },
  'exit: unhandled rejection': { weight: 3, needs: 'handlers', kills: true },
  'terminate from outside': { weight: 6, needs: 'thread', kills: true },
  'hang until timeoutMs': { weight: 4, needs: 'handlers', kills: false },
  'out of memory': { weight: 8, needs: 'limits', kills: true },
  'stack overflow: handler': { weight: 2, needs: 'handlers', kills: false },
  'stack overflow: kernel': { weight: 2, needs: 'kernels', kills: false },
  'abort: before': { weight: 2, needs: 'handlers', kills: false },
  'abort: queued': { weight: 3, needs: 'handlers', kills: false },
  'abort: running': { weight: 3, needs: 'handlers', kills: false },
  'abort: at any time': { weight: 4, needs: 'handlers', kills: false },
  'abort: after': { weight: 2, needs: 'handlers', kills: false },
  startWithinMs: { weight: 3, needs: 'handlers', kills: false },
  timeoutMs: { weight: 3, needs: 'handlers', kills: false },
  'attached thread ends': { weight: 1, needs: 'thread', kills: true },
  'process: SIGKILL': { weight: 8, needs: 'process', kills: true },
  'process: crash of a handler': { weight: 6, needs: 'process', kills: true },
} as const satisfies Record<string, Trait>;

/** Beside those that are injected into a running engine: how it is closed. */
export const ENDINGS = [
  'close: quiet',
  'close: drained under load',
  'close: forced under load',
  'close: out of time',
  'close: while closing',
] as const;

export type Ending = (typeof ENDINGS)[number];
export type InjectedKind = keyof typeof TRAITS;
export type FaultKind = InjectedKind | Ending;

const INJECTED = Object.keys(TRAITS) as InjectedKind[];
export const FAULT_KINDS: readonly FaultKind[] = [...INJECTED, ...ENDINGS];

/** Then there is one for a nested task at any time: without a slot it is a part of the task that asked, and has no limits of its own. */
const SLOTS_A_LANE = 128;

/** One fault, all of it decided beforehand. */
export interface Fault {
  readonly kind: InjectedKind;
  /** Of its task. */
  readonly id: number;
  /** After so long a signal aborts, a time is out, somebody is killed. */
  readonly afterMs: number;
  readonly graceMs: number;
  /** Ended by a signal, not by a time limit. */
  readonly bySignal: boolean;
  /** Undefined: as the engine says. */
  readonly retry: number | undefined;
  /** Where there are several ways or victims. */
  readonly choice: number;
}

/** What faults are possible in an engine. */
export interface Faultable {
  readonly kernels: boolean;
  readonly isolation: 'thread' | 'process';
  /** Workers have little memory. */
  readonly limits: boolean;
  readonly capacity: number;
  readonly lanes: number;
}

/** Draws a fault that is possible in such an engine. */
export function randomFault(random: Random, engine: Faultable, id: number): Fault {
  const possible = INJECTED.filter((kind) => isPossible(TRAITS[kind].needs, engine));
  let left = random.below(possible.reduce((sum, kind) => sum + TRAITS[kind].weight, 0));
  const kind = possible.find((each) => (left -= TRAITS[each].weight) < 0) ?? 'throw: synchronous';
  return {
    kind,
    id,
    afterMs: random.pick([0, 1, 1, 2, 5]),
    graceMs: random.pick([0, 1, 5]),
    bySignal: random.chance(0.5),
    retry: random.chance(0.5) ? undefined : random.below(3),
    choice: random.below(1 << 16),
  };
}

/** Whether it takes a worker down: too many of those in a row, and the engine gives up. */
export function takesWorkerDown({ kind }: Fault): boolean {
  return TRAITS[kind].kills;
}

function isPossible(needs: Need, { kernels, isolation, limits, capacity, lanes }: Faultable): boolean {
  if (needs === 'handlers') return true;
  if (needs === 'kernels') return kernels;
  if (needs === 'limits') return limits;
  if (needs === 'slots') return capacity >= lanes * SLOTS_A_LANE;
  return needs === isolation;
}
