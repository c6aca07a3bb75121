/**
 * One listener per signal, however many tasks share it: a signal with thousands of tasks costs a Set entry each, and Node
 * prints no warning about many listeners.
 */
const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `action` when the signal aborts, until `offAbort`. */
export function onAbort(signal: AbortSignal, action: () => void): void {
  const known = listeners.get(signal);
  if (known !== undefined) {
    known.add(action);
    return;
  }
  const actions = new Set([action]);
  listeners.set(signal, actions);
  signal.addEventListener(
    'abort',
    () => {
      listeners.delete(signal);
      for (const each of actions) each();
    },
    { once: true },
  );
}

/** The action is not called any more. */
export function offAbort(signal: AbortSignal, action: () => void): void {
  listeners.get(signal)?.delete(action);
}
