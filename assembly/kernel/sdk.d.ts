/**
 * Types of `tallyio/assembly` for editors that know TypeScript only. AssemblyScript reads `assembly/index.ts`, where the
 * functions are explained.
 */
type f64 = number;
type i32 = number;
type usize = number;
type bool = boolean;

/** The number the task was given. */
export declare function argument(task: usize): f64;
/** Address of the bytes the task was given; of memory of `engine.allocate()` it is that memory, which may be written to. */
export declare function payload(task: usize): usize;
/** How many bytes the task was given. */
export declare function payloadLength(task: usize): i32;
/** Address of bytes at an offset of it; kernels built with `--checked` trap when they do not lie in it. */
export declare function payloadAt(task: usize, offset: i32, bytes?: i32): usize;
/** The result, a number. */
export declare function setResult(task: usize, result: f64): void;
/** The result, bytes. @returns where to write them, 0 when the pool is exhausted */
export declare function setResultBytes(task: usize, length: i32): usize;
/** Rejects the task with `ERR_TASK_FAILED`; of a spawned kernel, whoever joins it. */
export declare function fail(task: usize, code: i32): void;
/** Whether the kernel has failed, itself or by what it joined. */
export declare function failed(task: usize): bool;
/** Whether the task was asked to stop. */
export declare function cancelled(task?: usize): bool;

/** What can be spawned. */
export type Kernel = (task: usize) => void;
/** Runs a kernel beside this one. @returns a handle for `join`; 0 when too many are not joined yet */
export declare function spawn(kernel: Kernel, argument: f64): usize;
/** Waits for a spawned kernel. @returns its number; when it has failed 0, and this kernel fails too */
export declare function join(handle: usize): f64;
/** Takes back a spawned kernel that nobody has begun: do its work by a plain call. @returns false: `join` it */
export declare function reclaim(handle: usize): bool;
/** Runs the kernel for parts of begin … end − 1, of `grain` indices at most (0: chosen), and waits for all. */
export declare function parallelFor(
  begin: i32,
  end: i32,
  grain: i32,
  kernel: (begin: i32, end: i32, context: usize) => void,
  context: usize,
): void;
/** As `parallelFor`, and combines the numbers of the parts, left before right. @param identity the result of an empty range */
export declare function parallelReduce(
  begin: i32,
  end: i32,
  grain: i32,
  identity: f64,
  kernel: (begin: i32, end: i32, context: usize) => f64,
  combine: (left: f64, right: f64) => f64,
  context: usize,
): f64;
/** Runs kernels of a higher priority that wait, on top of this one. */
export declare function checkpoint(): void;

/** Memory until the kernel returns, of 256 KiB a worker. @returns 0 when there is not enough */
export declare function scratch(bytes: i32): usize;
/** Memory of the pool until `free`. @returns 0 when the pool is exhausted */
export declare function alloc(bytes: i32): usize;
/** Gives back what `alloc` gave. */
export declare function free(address: usize): void;

/** Index of the worker that runs this. */
export declare function workerIndex(): i32;
/** A pseudo-random number in [0, 1), of this worker. */
export declare function random(): f64;
