import type { RunOptions } from '../client/run-options.ts';
import type { HandlerLoop } from './handler-loop.ts';
import { type ContextOwner, TaskContext, type WorkerPlace } from './task-context.ts';

/** A nested task that runs inline: it has no slot, so its cancel flag, its signal and its start stand here. */
export class InlineTask implements ContextOwner {
  readonly place: WorkerPlace;
  readonly context: TaskContext;
  readonly startedUs: number;
  readonly #loop: HandlerLoop;
  #isCancelled = false;
  #controller: AbortController | undefined;

  constructor(loop: HandlerLoop, startedUs: number) {
    this.#loop = loop;
    this.place = loop.place;
    this.startedUs = startedUs;
    this.context = new TaskContext(this, -1);
  }

  /** Asks it to stop. */
  cancel(): void {
    this.#isCancelled = true;
    this.#controller?.abort();
  }

  isCancelRequested(): boolean {
    return this.#isCancelled;
  }

  signalOf(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isCancelled) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  runNested(context: TaskContext, name: string, input: unknown, options: RunOptions | undefined): Promise<unknown> {
    return this.#loop.runNested(context, name, input, options);
  }
}
