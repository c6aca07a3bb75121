import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ContextOwner, TaskContext } from '../../../src/worker/task-context.ts';

/** Knows the signals that were asked for, as a worker does until the handler ends. */
class Owner implements ContextOwner {
  readonly place = { index: 3, firstWorker: 4, node: 2 };
  readonly signals = new Map<TaskContext, AbortController>();

  isCancelRequested(): boolean {
    return true;
  }

  signalOf(context: TaskContext): AbortSignal {
    const controller = this.signals.get(context) ?? new AbortController();
    this.signals.set(context, controller);
    return controller.signal;
  }

  runNested(): Promise<unknown> {
    return Promise.resolve();
  }
}

describe('TaskContext', () => {
  it('has the signal of its worker while the handler runs', () => {
    const owner = new Owner();
    const context = new TaskContext(owner, 7);
    const { signal } = context;
    assert.equal(context.signal, signal);
    owner.signals.get(context)?.abort();
    assert.ok(signal.aborted);
    assert.ok(context.cancelled);
  });

  it("when the handler has ended, asks its worker for nothing: the slot is another task's, and no one would forget", () => {
    const owner = new Owner();
    const context = new TaskContext(owner, 7);
    context.end();
    assert.equal(context.signal.aborted, false);
    assert.equal(context.cancelled, false);
    assert.equal(owner.signals.size, 0);
  });
});
