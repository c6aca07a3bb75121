/**
 * Host call: asks the host to look at what it alone can do: end a doomed worker, clear a place that nobody owns. It waits for
 * the count to change, and looks at all of it. docs/protocols/recovery.md
 */
import { HOST_CALLS } from '../../src/abi/layout';
import { add32, notify32 } from '../sync/atomics';

export function callHost(): void {
  add32(HOST_CALLS, 1);
  notify32(HOST_CALLS);
}
