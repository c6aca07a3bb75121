import { SUITES, type BenchCase } from './case.ts';
import { contention } from './cases/contention.ts';
import { criticalLatency } from './cases/critical-latency.ts';
import { deque } from './cases/deque.ts';
import { forkJoin } from './cases/fork-join.ts';
import { footprint } from './cases/footprint.ts';
import { handlerObject } from './cases/handler-object.ts';
import { handlerPromise } from './cases/handler-promise.ts';
import { idle } from './cases/idle.ts';
import { kernelPromise } from './cases/kernel-promise.ts';
import { kernelThroughput } from './cases/kernel-throughput.ts';
import { oneAtATime } from './cases/one-at-a-time.ts';
import { memoryAccess } from './cases/memory-access.ts';
import { numaAssign } from './cases/numa-assign.ts';
import { numaIpc } from './cases/numa-ipc.ts';
import { numaLocality } from './cases/numa-locality.ts';
import { orderFlow } from './cases/order-flow.ts';
import { parallelFor } from './cases/parallel-for.ts';
import { payload } from './cases/payload.ts';
import { processIsolation } from './cases/process-isolation.ts';
import { queuedMemory } from './cases/queued-memory.ts';
import { startup } from './cases/startup.ts';
import { submit } from './cases/submit.ts';
import { uneven } from './cases/uneven.ts';

const CASES: readonly BenchCase[] = [
  startup,
  idle,
  submit,
  handlerObject,
  payload,
  kernelPromise,
  handlerPromise,
  processIsolation,
  oneAtATime,
  contention,
  criticalLatency,
  orderFlow,
  deque,
  uneven,
  forkJoin,
  parallelFor,
  kernelThroughput,
  footprint,
  memoryAccess,
  queuedMemory,
  numaAssign,
  numaIpc,
  numaLocality,
];

/** Every name that `bench` takes: the suites, then the cases. */
export const NAMES: readonly string[] = [...SUITES, ...CASES.map(({ id }) => id)];

/** The cases under the names, in report order, each once; all of them when no name is given. */
export function selectCases(names: readonly string[]): readonly BenchCase[] {
  if (names.length === 0) return CASES;
  return CASES.filter(({ id, suite }) => names.includes(id) || names.includes(suite));
}
