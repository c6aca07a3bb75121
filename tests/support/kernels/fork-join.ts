/** Kernels for tests of fork–join. A `board` is an address that `allocate` returned: words that the test and kernels share. */
import {
  Kernel,
  alloc,
  argument,
  cancelled,
  checkpoint,
  fail,
  failed,
  free,
  join,
  parallelFor,
  parallelReduce,
  payload,
  payloadLength,
  random,
  reclaim,
  scratch,
  setResult,
  setResultBytes,
  spawn,
  workerIndex,
} from '../../../assembly/index';

export { fibReclaimed, joinsReclaimed, reclaimsForeign, reclaimsOnce, reclaimsStopped } from './reclaim';
export { scratchBlocks, scratchIsBack, scratchTree } from './scratch';

/** Words of a board. */
const GATE: usize = 0;
const STARTED: usize = 4;
const COUNT: usize = 8;

export function allocate(task: usize): void {
  const bytes = argument(task) as i32;
  const address = alloc(bytes);
  if (address != 0) memory.fill(address, 0, bytes);
  setResult(task, address as f64);
}

export function giveBack(task: usize): void {
  free(argument(task) as usize);
}

function fibOf(n: f64): f64 {
  if (n < 2) return n;
  const one = spawn(fib, n - 1);
  const other = fibOf(n - 2);
  return join(one) + other;
}

export function fib(task: usize): void {
  setResult(task, fibOf(argument(task)));
}

// A tree of random shape: each node spawns up to seven, joins some of them in any order or does their work, and leaves the rest. The
// result of a node is the number of nodes below it that were joined or done, and its own.

const CHILDREN: i32 = 7;

function shuffle(handles: usize, count: i32): void {
  for (let i = count - 1; i > 0; --i) {
    const j = (random() * ((i + 1) as f64)) as i32;
    const at = handles + ((i as usize) << 2);
    const other = handles + ((j as usize) << 2);
    const handle = load<usize>(at);
    store<usize>(at, load<usize>(other));
    store<usize>(other, handle);
  }
}

/** Input: the board and the depth, f64 each. Counts each node on the board. */
export function tree(task: usize): void {
  const board = load<f64>(payload(task)) as usize;
  setResult(task, growTree(board, load<f64>(payload(task) + 8)));
}

function treeKernel(task: usize): void {
  const depth = argument(task) % 64;
  setResult(task, growTree((argument(task) / 64) as usize, depth));
}

function growTree(board: usize, depth: f64): f64 {
  atomic.add<i32>(board + COUNT, 1);
  if (depth == 0) return 1;
  const count = (random() * ((CHILDREN as f64) + 1)) as i32;
  const handles = scratch(4 * CHILDREN);
  for (let i = 0; i < count; ++i) {
    store<usize>(handles + ((i as usize) << 2), spawn(treeKernel, (board as f64) * 64 + depth - 1));
  }
  shuffle(handles, count);
  const joined = (random() * ((count as f64) + 1)) as i32;
  let sum: f64 = 1;
  for (let i = 0; i < joined; ++i) {
    const handle = load<usize>(handles + ((i as usize) << 2));
    sum += random() < 0.5 && reclaim(handle) ? growTree(board, depth - 1) : join(handle);
  }
  return sum;
}

// Ranges. Input: begin, end, grain, board as f64.

function countEach(begin: i32, end: i32, board: usize): void {
  if (begin >= end) atomic.add<i32>(board + STARTED, 1); // never
  for (let i = begin; i < end; ++i) atomic.add<i32>(board + COUNT + ((i as usize) << 2), 1);
}

function at(task: usize, index: i32): f64 {
  return load<f64>(payload(task) + ((index as usize) << 3));
}

export function forEach(task: usize): void {
  parallelFor(at(task, 0) as i32, at(task, 1) as i32, at(task, 2) as i32, countEach, at(task, 3) as usize);
}

function lengthOf(begin: i32, end: i32, board: usize): f64 {
  atomic.add<i32>(board + COUNT, 1);
  return ((end as i64) - (begin as i64)) as f64;
}

function harmonic(begin: i32, end: i32, _context: usize): f64 {
  let sum: f64 = 0;
  for (let i = begin; i < end; ++i) sum += 1 / ((i + 1) as f64);
  return sum;
}

function sumOf(left: f64, right: f64): f64 {
  return left + right;
}

/** Result: the length of the range; counts its parts. */
export function measure(task: usize): void {
  const board = at(task, 3) as usize;
  setResult(
    task,
    parallelReduce(at(task, 0) as i32, at(task, 1) as i32, at(task, 2) as i32, -1, lengthOf, sumOf, board),
  );
}

export function harmonicSum(task: usize): void {
  setResult(task, parallelReduce(0, argument(task) as i32, 1000, 0, harmonic, sumOf, 0));
}

// Failures

function failsWith(task: usize): void {
  fail(task, argument(task) as i32);
}

function trapsNow(_task: usize): void {
  unreachable();
}

function countsUp(task: usize): void {
  atomic.add<i32>((argument(task) as usize) + COUNT, 1);
}

/** One of its kernels fails; the others count on the board. Result: would be 1. */
export function failingChild(task: usize): void {
  const board = argument(task);
  const first = spawn(countsUp, board);
  const second = spawn(failsWith, 42);
  const third = spawn(countsUp, board);
  join(second);
  if (failed(task)) atomic.add<i32>((board as usize) + STARTED, 1);
  join(first);
  join(third);
  setResult(task, 1);
}

/** As that, and joins none of them. */
export function failingUnjoined(task: usize): void {
  spawn(countsUp, argument(task));
  spawn(failsWith, 43);
  spawn(countsUp, argument(task));
}

/** The youngest kernel, which runs on this worker unless it is stolen, traps, among many that do not. */
export function trappingChild(_task: usize): void {
  for (let i = 0; i < 50; ++i) spawn(bytesOf, 1000);
  join(spawn(trapsNow, 0));
}

function bytesOf(task: usize): void {
  setResultBytes(task, argument(task) as i32);
}

/** Kernels that set bytes, which nobody gets. */
export function droppedBytes(task: usize): void {
  for (let i = 0; i < 20; ++i) setResult(task, join(spawn(bytesOf, 5000)) + (i as f64));
}

// Handles

export function joinsTwice(task: usize): void {
  const handle = spawn(fib, 3);
  setResult(task, join(handle) + join(handle));
}

/** Joins an old handle whose frame is another kernel's now. */
export function joinsOld(task: usize): void {
  const old = spawn(fib, 3);
  join(old);
  spawn(fib, 4);
  setResult(task, join(old));
}

export function joinsNumber(task: usize): void {
  setResult(task, join(argument(task) as usize));
}

function joinsArgument(task: usize): void {
  setResult(task, join(argument(task) as usize));
}

/** A spawned kernel joins a handle of the one that spawned it. */
export function joinsForeign(task: usize): void {
  const handle = spawn(fib, 3);
  setResult(task, join(spawn(joinsArgument, handle as f64)));
}

// Limits

function chain(task: usize): void {
  const left = argument(task);
  setResult(task, left == 0 ? 0 : join(spawn(chain, left - 1)) + 1);
}

/** A chain of so many kernels, each of which spawns the next. */
export function deep(task: usize): void {
  setResult(task, join(spawn(chain, argument(task))));
}

/** So many at once. Result: how many handles it got. */
export function wide(task: usize): void {
  let handles: f64 = 0;
  for (let i: f64 = 0; i < argument(task); ++i) if (spawn(chain, 0) != 0) ++handles;
  setResult(task, handles);
}

/** A loop when no frame is left: it runs all the same. Input as `forEach`; the first spawns take all frames. */
export function loopWithoutFrames(task: usize): void {
  while (!failed(task)) spawn(chain, 0);
  forEach(task);
}

export function freesTwice(task: usize): void {
  const address = alloc(100);
  free(address);
  free(address);
  setResult(task, 1);
}

export function freesNothing(task: usize): void {
  free(0);
  setResult(task, 1);
}

export function draws(task: usize): void {
  const count = argument(task) as i32;
  const to = setResultBytes(task, 8 * count);
  for (let i = 0; i < count; ++i) store<f64>(to + ((i as usize) << 3), random());
}

// Checkpoints. Argument: the board.

/** Calls `checkpoint` until the gate is open. Result: how many tasks have counted on the board by then. */
export function yields(task: usize): void {
  const board = argument(task) as usize;
  atomic.store<i32>(board + STARTED, 1);
  while (atomic.load<i32>(board + GATE) == 0 && !cancelled(task)) checkpoint();
  setResult(task, atomic.load<i32>(board + COUNT));
}

/** Counts on the board, and opens the gate. */
export function opens(task: usize): void {
  const board = argument(task) as usize;
  atomic.add<i32>(board + COUNT, 1);
  atomic.store<i32>(board + GATE, 1);
  setResult(task, workerIndex());
}

/** As `opens`, and ends with a trap. */
export function opensAndTraps(task: usize): void {
  opens(task);
  spawn(fib, 10);
  unreachable();
}

/** As `opens`, and returns its input, reversed. */
export function opensReversed(task: usize): void {
  const board = load<f64>(payload(task)) as usize;
  const length = payloadLength(task);
  const to = setResultBytes(task, length);
  for (let i = 0; i < length; ++i) store<u8>(to + (length - 1 - i), load<u8>(payload(task) + i));
  atomic.store<i32>(board + GATE, 1);
}

/** Never looks whether it shall stop. */
export function spinsForEver(_task: usize): void {
  while (true) {
    // for ever
  }
}

// Kernels that wait on another worker. Argument: the board.

function startStolen(kernel: Kernel, board: f64): usize {
  const handle = spawn(kernel, board);
  while (atomic.load<i32>((board as usize) + STARTED) == 0) {
    // not yet
  }
  return handle;
}

/** Its spawned kernel runs on another worker, with checkpoints, until the gate is open. */
export function joinsStolen(task: usize): void {
  setResult(task, join(startStolen(yields, argument(task))));
}

function stolenTrap(task: usize): void {
  atomic.store<i32>((argument(task) as usize) + STARTED, 1);
  for (let i = 0; i < 20; ++i) spawn(bytesOf, 100);
  unreachable();
}

/** Its spawned kernel traps on another worker. */
export function joinsTrapped(task: usize): void {
  const handle = startStolen(stolenTrap, argument(task));
  const other = spawn(fib, 10);
  join(handle);
  setResult(task, join(other));
}

/** Traps while another worker runs what it has spawned. */
export function trapsAbove(task: usize): void {
  startStolen(yields, argument(task));
  atomic.store<i32>((argument(task) as usize) + GATE, 1);
  unreachable();
}

/** Never ends, while another worker runs what it has spawned. */
export function spinsAbove(task: usize): void {
  startStolen(yields, argument(task));
  spinsForEver(task);
}

function spinsStolen(task: usize): void {
  atomic.store<i32>((argument(task) as usize) + STARTED, 1);
  spinsForEver(task);
}

/** What it has spawned never ends, on another worker. */
export function joinsSpinning(task: usize): void {
  join(startStolen(spinsStolen, argument(task)));
}

// Cancelling. Argument: the board.

function wideTree(task: usize): void {
  const board = (argument(task) / 32) as usize;
  const depth = argument(task) % 32;
  atomic.add<i32>(board + COUNT, 1);
  while (atomic.load<i32>(board + GATE) == 0 && depth == 0 && !cancelled(task)) {
    // a leaf waits
  }
  if (depth == 0) return;
  const left = spawn(wideTree, argument(task) - 1);
  const right = spawn(wideTree, argument(task) - 1);
  join(left);
  join(right);
}

/** A tree of 2^18 − 1 kernels, whose leaves wait until the gate is open or they shall stop. */
export function hugeTree(task: usize): void {
  join(spawn(wideTree, argument(task) * 32 + 17));
}
