/**
 * The timers of this thread as they were when this file was loaded. Fake timers of a test, or a handler that replaces those of
 * its thread, must not stop an engine: they replace what others look up at each call, the exports of `node:timers` included.
 */
import timers from 'node:timers';

export const { setImmediate, clearImmediate, setTimeout, clearTimeout, setInterval, clearInterval } = timers;
export const { queueMicrotask } = globalThis;
/** Calls back when no microtask is left. */
export const nextTick = process.nextTick.bind(process);
