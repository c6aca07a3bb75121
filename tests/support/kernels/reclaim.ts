/** Kernels for tests of `reclaim`. A `board` as in fork-join.ts. */
import { argument, cancelled, fail, join, reclaim, setResult, spawn } from '../../../assembly/index';

/** Words of a board. */
const STARTED: usize = 4;
const COUNT: usize = 8;

function fibOf(n: f64): f64 {
  if (n < 2) return n;
  const one = spawn(fibReclaimed, n - 1);
  const other = fibOf(n - 2);
  return (reclaim(one) ? fibOf(n - 1) : join(one)) + other;
}

export function fibReclaimed(task: usize): void {
  setResult(task, fibOf(argument(task)));
}

function fails(task: usize): void {
  fail(task, argument(task) as i32);
}

/** What was joined, is none, or was reclaimed before; in any order. On one worker. Result: 1. */
export function reclaimsOnce(task: usize): void {
  const joined = spawn(fibReclaimed, 3);
  join(joined);
  let right = !reclaim(joined) && !reclaim(0) && !reclaim(task) && !reclaim(usize.MAX_VALUE);
  const oldest = spawn(fails, 1);
  const middle = spawn(fibReclaimed, 5);
  const youngest = spawn(fails, 2);
  right = right && reclaim(oldest) && !reclaim(oldest) && reclaim(youngest) && !reclaim(youngest);
  setResult(task, right && join(middle) == 5 ? 1 : 0);
}

export function joinsReclaimed(_task: usize): void {
  let handle = spawn(fibReclaimed, 3);
  while (!reclaim(handle)) {
    join(handle); // another worker was faster
    handle = spawn(fibReclaimed, 3);
  }
  join(handle);
}

function reclaimsArgument(task: usize): void {
  setResult(task, reclaim(argument(task) as usize) ? 1 : 2);
}

/** A spawned kernel reclaims what the one that spawned it has spawned before. Result: 2. */
export function reclaimsForeign(task: usize): void {
  const handle = spawn(fibReclaimed, 3);
  setResult(task, join(spawn(reclaimsArgument, handle as f64)));
}

/** So many spawns may go by until one sees that the task shall stop. */
const SPAWNS: i32 = 64;

/** Argument: the board. Counts 3 when `reclaim` takes back what it has spawned long after it shall stop, else 2. */
export function reclaimsStopped(task: usize): void {
  const board = argument(task) as usize;
  atomic.store<i32>(board + STARTED, 1);
  while (!cancelled(task)) {
    // waits
  }
  let reclaimed = true;
  for (let i = 0; i < SPAWNS; ++i) {
    const handle = spawn(fibReclaimed, 3);
    reclaimed = reclaim(handle);
    if (!reclaimed) join(handle);
  }
  atomic.store<i32>(board + COUNT, reclaimed ? 3 : 2);
}
