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
/** Address of the bytes the task was given. */
export declare function payload(task: usize): usize;
/** How many bytes the task was given. */
export declare function payloadLength(task: usize): i32;
/** The result, a number. */
export declare function setResult(task: usize, result: f64): void;
/** The result, bytes. @returns where to write them, 0 when the pool is exhausted */
export declare function setResultBytes(task: usize, length: i32): usize;
/** Rejects the task with `ERR_TASK_FAILED`. */
export declare function fail(task: usize, code: i32): void;
/** Whether the task was asked to stop. */
export declare function cancelled(task: usize): bool;
/** Index of the worker that runs this. */
export declare function workerIndex(): i32;
