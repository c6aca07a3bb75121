import { bare } from '../base/given.ts';

/**
 * One listener per signal, however many tasks share it, and Node prints no warning about many listeners. Those who listen
 * are a list whose links are cut when one leaves: a Set that is filled and emptied without end keeps what was in it alive.
 */
const hubs = new WeakMap<AbortSignal, Hub>();

/** Someone who listens to a signal. */
export class AbortListener {
  readonly action: () => void;
  before: AbortListener | undefined;
  after: AbortListener | undefined;
  hub: Hub | undefined;

  constructor(action: () => void) {
    this.action = action;
  }

  /** The action is not called any more. */
  off(): void {
    this.hub?.remove(this);
  }
}

class Hub {
  #first: AbortListener | undefined;
  #last: AbortListener | undefined;

  add(listener: AbortListener): void {
    listener.hub = this;
    listener.before = this.#last;
    if (this.#last === undefined) this.#first = listener;
    else this.#last.after = listener;
    this.#last = listener;
  }

  remove(listener: AbortListener): void {
    const { before, after } = listener;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    listener.hub = listener.before = listener.after = undefined;
  }

  /** Calls everyone in the order they came, also those who come meanwhile. */
  callAll(): void {
    for (let listener = this.#first; listener !== undefined; listener = this.#first) {
      this.remove(listener);
      listener.action();
    }
  }
}

/** Calls `action` once when the signal aborts, until `off`. */
export function onAbort(signal: AbortSignal, action: () => void): AbortListener {
  const listener = new AbortListener(action);
  hubOf(signal).add(listener);
  return listener;
}

function hubOf(signal: AbortSignal): Hub {
  let hub = hubs.get(signal);
  if (hub === undefined) {
    const made = (hub = new Hub());
    hubs.set(signal, hub);
    signal.addEventListener(
      'abort',
      () => {
        hubs.delete(signal);
        made.callAll();
      },
      bare({ once: true }),
    );
  }
  return hub;
}
