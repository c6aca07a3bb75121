import type { SharedRange } from '../codec/shared-range.ts';
import type { TaskContext } from './task-context.ts';

/** A task of a module: `(input, context) => result`. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- parameters are contravariant: `unknown` would refuse every handler
export type Handler = (input: any, context: TaskContext) => unknown;

/** Modules whose shape is not known: any name, any input. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- untyped on purpose: what a caller gets without a type argument
export type AnyTasks = Record<string, (input?: any) => any>;

/** The names of a module's tasks. */
export type TaskName<T> = { [K in keyof T & string]: T[K] extends Handler ? K : never }[keyof T & string];

/** What a task takes. */
export type TaskInput<T, K extends keyof T> = T[K] extends (...args: infer A) => unknown
  ? A extends []
    ? undefined
    : A[0]
  : never;

/** What may be given for an input: where that may be a `Uint8Array`, memory of `engine.allocate()` as well. */
export type GivenInput<Input> = Input | (Uint8Array extends Input ? SharedRange : never);

/** What a task gives. */
export type TaskResult<T, K extends keyof T> = T[K] extends (...args: never[]) => infer R ? Awaited<R> : never;

/** Arguments after the name: the input is optional only if the task takes `undefined`. */
export type RunArgs<Input, Options> = undefined extends Input
  ? [input?: Input, options?: Options]
  : [input: Input, options?: Options];
