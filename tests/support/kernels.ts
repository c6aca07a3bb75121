/** Kernels for tests: compiled together with the engine. */
import {
  argument,
  cancelled,
  fail,
  parallelFor,
  payload,
  payloadLength,
  setResult,
  setResultBytes,
  workerIndex,
} from '../../assembly/index';

export function square(task: usize): void {
  const x = argument(task);
  setResult(task, x * x);
}

export function fails(task: usize): void {
  fail(task, argument(task) as i32);
}

export function traps(_task: usize): void {
  unreachable();
}

export function sumBytes(task: usize): void {
  let sum = 0;
  for (let i = 0; i < payloadLength(task); ++i) sum += load<u8>(payload(task) + (i as usize)) as i32;
  setResult(task, sum as f64);
}

export function reverse(task: usize): void {
  const length = payloadLength(task);
  const to = setResultBytes(task, length);
  if (length != 0 && to == 0) return fail(task, -1);
  for (let i = 0; i < length; ++i) {
    store<u8>(to + ((length - 1 - i) as usize), load<u8>(payload(task) + (i as usize)));
  }
}

export function onWorker(task: usize): void {
  setResult(task, workerIndex() as f64);
}

/** Runs until it is cancelled, at most `argument` rounds. */
export function spinUntilCancelled(task: usize): void {
  let rounds: f64 = 0;
  while (!cancelled(task) && rounds < argument(task)) rounds += 1;
  setResult(task, rounds);
}

function descend(depth: i32): i32 {
  return depth < 0 ? 0 : descend(depth + 1) + (load<i32>(depth & 0xffff) | 1);
}

/** Recurses until the stack overflows. */
export function overflowsStack(task: usize): void {
  setResult(task, descend(0) as f64);
}

export function loopForEver(_task: usize): void {
  while (true) workerIndex();
}

export function loopWithResult(task: usize): void {
  setResultBytes(task, 1000);
  while (true) workerIndex();
}

/** Traps with a result block in hand. */
export function trapsWithResult(task: usize): void {
  setResultBytes(task, 1000);
  unreachable();
}

/** Adds 1 to each byte of its input. */
export function increment(task: usize): void {
  for (let i = 0; i < payloadLength(task); ++i) atomic.add<u8>(payload(task) + (i as usize), 1);
  setResult(task, payloadLength(task) as f64);
}

function incrementPart(from: i32, to: i32, bytes: usize): void {
  for (let i = from; i < to; ++i) atomic.add<u8>(bytes + (i as usize), 1);
}

/** As `increment`, by all workers. */
export function incrementTogether(task: usize): void {
  parallelFor(0, payloadLength(task), 16, incrementPart, payload(task));
  setResult(task, payloadLength(task) as f64);
}

/** Writes 1 to the first byte of its input and waits until the second one is not 0, whether it is asked to stop or not. */
export function hold(task: usize): void {
  atomic.store<u8>(payload(task), 1);
  while (atomic.load<u8>(payload(task), 1) == 0) workerIndex();
}

/** As `hold`, at most until it is asked to stop. */
export function holdUntilCancelled(task: usize): void {
  atomic.store<u8>(payload(task), 1);
  while (atomic.load<u8>(payload(task), 1) == 0 && !cancelled(task)) workerIndex();
}

/** Writes to its input, then traps. */
export function trapsOver(task: usize): void {
  atomic.add<u8>(payload(task), 1);
  unreachable();
}

/** Writes to its input, then fails. */
export function failsOver(task: usize): void {
  atomic.add<u8>(payload(task), 1);
  fail(task, 7);
}

export function sumFloats(task: usize): void {
  let sum: f64 = 0;
  for (let at = 0; at < payloadLength(task); at += 8) sum += load<f64>(payload(task) + (at as usize));
  setResult(task, sum);
}
