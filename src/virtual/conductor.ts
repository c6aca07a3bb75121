/**
 * Conductor: lets one of those who play on this thread act, then lets all promises go on that can, then the next one. Who
 * acts is drawn by the seed. No turn of the event loop comes between two steps, so that its timing decides nothing.
 * docs/deterministic.md
 */
import { AsyncResource } from 'node:async_hooks';
import { LONGEST_DELAY_MS } from '../base/clock.ts';
import { clearInterval, nextTick, queueMicrotask, setImmediate, setInterval } from '../base/timers.ts';
import type { BellOwner, Doorbell } from '../client/bell.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

/** So many steps in a row, then timers and sockets have a turn: a program may wait for them while it submits on and on. */
const STEPS_IN_A_ROW = 10_000;
/** Completions in one step, at most. */
const SETTLED_AT_ONCE = 8;
/** A read of the clock takes 2⁰ … 2⁷ µs: batches of 32 … 1. */
const CLOCK_EXPONENTS = 8;
/** Some are up to 2³ times as fast as others. */
const PACE_EXPONENTS = 4;

/** Who acts on this thread. */
export interface Actor {
  /** Does one thing. @returns false when there was nothing to do */
  act(): boolean;
}

interface Player {
  readonly actor: Actor;
  /** How often it is drawn. */
  readonly pace: number;
}

/** Of one engine. */
export class Conductor {
  readonly clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #players: Player[] = [];
  readonly #bells: VirtualBell[] = [];
  /** Those that may have something to do. */
  #left: Player[] = [];
  #scheduled = false;
  #ended = false;
  #stepsInARow = 0;
  #idleWaiters: (() => void)[] = [];
  #isHeld = false;
  #holder: NodeJS.Timeout | undefined;
  // Not in the asynchronous context of whoever submitted.
  readonly #go = AsyncResource.bind(() => {
    this.#step();
  });
  readonly #goAfterPromises = (): void => {
    nextTick(this.#go); // runs when no microtask is left
  };

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.clock = new VirtualClock(2 ** this.#random.below(CLOCK_EXPONENTS));
  }

  /** From now on this one acts, too. */
  add(actor: Actor): void {
    this.#players.push({ actor, pace: 2 ** this.#random.below(PACE_EXPONENTS) });
  }

  /** The bell of a worker, which takes out its completions itself. */
  readonly workerBell = (owner: BellOwner): Doorbell => {
    const bell = new VirtualBell(this, owner);
    this.#bells.push(bell);
    return bell;
  };

  /** The bell of the host, whose completions are taken out when it is drawn. */
  readonly hostBell = (owner: BellOwner): Doorbell => {
    this.add({ act: () => this.settle(owner) });
    return this.workerBell(owner);
  };

  /** Takes out some of the completions that are there. @returns whether there was any */
  settle(owner: BellOwner): boolean {
    return owner.pendingCount > 0 && owner.drain(1 + this.#random.below(SETTLED_AT_ONCE)) > 0;
  }

  /** There may be something to do. */
  readonly wake = (): void => {
    this.#refill();
    if (this.#scheduled || this.#ended) return;
    this.#scheduled = true;
    queueMicrotask(this.#goAfterPromises);
  };

  /** Resolves the next time that nobody has anything to do. */
  readonly nextIdle = (): Promise<void> =>
    new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
    });

  /** Whether the process is to live, whatever is pending. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#keepAlive();
  }

  /** Nobody acts any more. */
  end(): void {
    this.#ended = true;
    this.#left = [];
    this.#keepAlive();
  }

  #step(): void {
    while (this.#left.length > 0) {
      if (!this.#draw()) continue;
      this.#refill();
      this.#goOn();
      return;
    }
    this.#scheduled = false;
    this.#stepsInARow = 0;
    this.#rest();
  }

  #goOn(): void {
    this.#stepsInARow += 1;
    if (this.#stepsInARow < STEPS_IN_A_ROW) {
      queueMicrotask(this.#goAfterPromises);
      return;
    }
    this.#stepsInARow = 0;
    setImmediate(this.#go);
  }

  #refill(): void {
    if (!this.#ended) this.#left = [...this.#players];
  }

  /** @returns whether the one that was drawn had something to do */
  #draw(): boolean {
    const paces = this.#left.reduce((sum, { pace }) => sum + pace, 0);
    let at = this.#random.below(paces);
    const drawn = this.#left.findIndex(({ pace }) => (at -= pace) < 0);
    const [player] = this.#left.splice(drawn, 1);
    return player?.actor.act() === true;
  }

  #rest(): void {
    for (const bell of this.#bells) bell.restNow();
    this.#keepAlive();
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #keepAlive(): void {
    const isAlive = !this.#ended && (this.#isHeld || this.#bells.some((bell) => bell.isPending));
    if (isAlive) this.#holder ??= setInterval(ignore, LONGEST_DELAY_MS);
    else {
      clearInterval(this.#holder);
      this.#holder = undefined;
    }
  }
}

function ignore(): void {
  // The timer is there to hold the event loop.
}

/** Tells the conductor what a client would tell the event loop. */
class VirtualBell implements Doorbell {
  readonly #conductor: Conductor;
  readonly #owner: BellOwner;
  #isBusy = false;

  constructor(conductor: Conductor, owner: BellOwner) {
    this.#conductor = conductor;
    this.#owner = owner;
  }

  get isPending(): boolean {
    return this.#owner.pendingCount > 0;
  }

  expect(): void {
    this.#isBusy = true;
    this.#conductor.wake();
  }

  look(): void {
    this.#conductor.wake();
  }

  count(): void {
    this.#conductor.wake();
  }

  rest(): void {
    if (this.#isBusy) this.#conductor.wake();
    this.#isBusy = false;
  }

  close(): void {
    this.#owner.rest();
  }

  /** If nothing is pending. */
  restNow(): void {
    if (!this.isPending) this.#owner.rest();
  }
}
