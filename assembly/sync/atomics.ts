/**
 * The only file with `atomic.`. WebAssembly has sequentially consistent atomics and plain accesses, nothing between:
 * so there are three kinds of access here, and each word of the layout names which threads may use which.
 *
 * - `load32`, `store32`, `cas32` …: shared words, seq-cst.
 * - `loadOwned…`, `storeOwned…`: plain; the calling thread is the only writer of the word, or holds it exclusively
 *   (between alloc and publish, between claim and finish). The comment at the call says why nobody else writes.
 * - `loadRacy32`: plain read of a word that others may write; the value is used only if a later CAS succeeds.
 *
 * In the model build every access first tells `modelStep` where it goes and of which kind it is: before an atomic or a racy
 * read the explorer may switch to another virtual thread. Wait and notify are its imports. docs/testing.md
 */

declare function modelStep(address: usize, kind: i32): void;
declare function modelWait(address: usize, expected: i32): i32;
declare function modelNotify(address: usize): void;

// Kinds of access, as tests/model/access.ts knows them.
const READ: i32 = 0;
const WRITE: i32 = 1;
const PLAIN: i32 = 2;
const WIDE: i32 = 4;

// Of a plain access, whose function must stay one expression: what it is inlined into depends on it.
function told(address: usize, kind: i32): usize {
  modelStep(address, kind);
  return address;
}

export function load32(address: usize): i32 {
  if (isDefined(ENGINE_MODEL)) modelStep(address, READ);
  return atomic.load<i32>(address);
}

export function store32(address: usize, value: i32): void {
  if (isDefined(ENGINE_MODEL)) modelStep(address, WRITE);
  atomic.store<i32>(address, value);
}

/** @returns whether the word was `expected` and now is `value` */
export function cas32(address: usize, expected: i32, value: i32): bool {
  if (isDefined(ENGINE_MODEL)) modelStep(address, WRITE);
  return atomic.cmpxchg<i32>(address, expected, value) == expected;
}

/** @returns the old value */
export function exchange32(address: usize, value: i32): i32 {
  if (isDefined(ENGINE_MODEL)) modelStep(address, WRITE);
  return atomic.xchg<i32>(address, value);
}

/** @returns the old value */
export function add32(address: usize, value: i32): i32 {
  if (isDefined(ENGINE_MODEL)) modelStep(address, WRITE);
  return atomic.add<i32>(address, value);
}

/** @returns the old value */
export function and32(address: usize, value: i32): i32 {
  if (isDefined(ENGINE_MODEL)) modelStep(address, WRITE);
  return atomic.and<i32>(address, value);
}

/** @returns the old value */
export function or32(address: usize, value: i32): i32 {
  if (isDefined(ENGINE_MODEL)) modelStep(address, WRITE);
  return atomic.or<i32>(address, value);
}

export function load64(address: usize): i64 {
  if (isDefined(ENGINE_MODEL)) modelStep(address, READ | WIDE);
  return atomic.load<i64>(address);
}

export function store64(address: usize, value: i64): void {
  if (isDefined(ENGINE_MODEL)) modelStep(address, WRITE | WIDE);
  atomic.store<i64>(address, value);
}

/** @returns whether the word was `expected` and now is `value` */
export function cas64(address: usize, expected: i64, value: i64): bool {
  if (isDefined(ENGINE_MODEL)) modelStep(address, WRITE | WIDE);
  return atomic.cmpxchg<i64>(address, expected, value) == expected;
}

export function loadRacy32(address: usize): i32 {
  if (isDefined(ENGINE_MODEL)) modelStep(address, READ);
  return load<i32>(address);
}

export function loadRacyF64(address: usize): f64 {
  if (isDefined(ENGINE_MODEL)) modelStep(address, READ | WIDE);
  return load<f64>(address);
}

export function loadOwned32(address: usize): i32 {
  return load<i32>(isDefined(ENGINE_MODEL) ? told(address, PLAIN | READ) : address);
}

export function storeOwned32(address: usize, value: i32): void {
  store<i32>(isDefined(ENGINE_MODEL) ? told(address, PLAIN | WRITE) : address, value);
}

export function loadOwned64(address: usize): i64 {
  return load<i64>(isDefined(ENGINE_MODEL) ? told(address, PLAIN | READ | WIDE) : address);
}

export function storeOwned64(address: usize, value: i64): void {
  store<i64>(isDefined(ENGINE_MODEL) ? told(address, PLAIN | WRITE | WIDE) : address, value);
}

export function loadOwnedF64(address: usize): f64 {
  return load<f64>(isDefined(ENGINE_MODEL) ? told(address, PLAIN | READ | WIDE) : address);
}

export function storeOwnedF64(address: usize, value: f64): void {
  store<f64>(isDefined(ENGINE_MODEL) ? told(address, PLAIN | WRITE | WIDE) : address, value);
}

/**
 * Where a runtime may end the thread without an atomic access: the entry of a function, the head of a loop. A step of its own in
 * the model build, as an access of the word, one of the thread's own; nothing in others.
 */
export function mayEnd(address: usize): void {
  if (isDefined(ENGINE_MODEL)) modelStep(address, READ);
}

/** As `wait32`, for at most so many µs: for who may find something else to do. Whatever it waits for, somebody notifies it. */
export function waitAWhile32(address: usize, expected: i32, us: i32): void {
  if (isDefined(ENGINE_MODEL)) modelWait(address, expected);
  else atomic.wait<i32>(address, expected, (us as i64) * 1000);
}

/** Sleeps while the word is `expected`; returns when notified or when the word differs. */
export function wait32(address: usize, expected: i32): void {
  if (isDefined(ENGINE_MODEL)) modelWait(address, expected);
  else atomic.wait<i32>(address, expected, -1);
}

/** Wakes one sleeper of the word. Takes a process-wide lock in V8: call it only when somebody is known to sleep. */
export function notify32(address: usize): void {
  if (isDefined(ENGINE_MODEL)) modelNotify(address);
  else atomic.notify(address, 1);
}

/** Plain read of a heuristic that any thread may write; 32 bits do not tear. */
export function loadHintF32(address: usize): f32 {
  return load<f32>(isDefined(ENGINE_MODEL) ? told(address, PLAIN | READ) : address);
}

export function storeHintF32(address: usize, value: f32): void {
  store<f32>(isDefined(ENGINE_MODEL) ? told(address, PLAIN | WRITE) : address, value);
}
