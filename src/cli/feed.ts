import type { Line } from './line-reader.ts';

/** What became of one line. */
export type Outcome =
  | { readonly line: number; readonly ok: true; readonly value: unknown }
  | { readonly line: number; readonly ok: false; readonly error: unknown };

/** How lines are fed to a task. */
export interface FeedOptions {
  /** Most lines between the input and the output at any time: running, or done and not yet accepted. */
  readonly concurrency: number;
  /** Outcomes in the order of the lines, instead of as they come. */
  readonly ordered: boolean;
  readonly run: (text: string) => Promise<unknown>;
  /** Takes one outcome at a time; while its promise is open no other is offered. Must not throw. */
  readonly accept: (outcome: Outcome) => Promise<void> | undefined;
}

/**
 * Runs a task on each line, `concurrency` at a time, and hands on every outcome: a failure ends nothing by itself, and
 * each outcome knows its line. That is what `engine.map` does not do, which ends with the first failure.
 * Resolves when all outcomes are accepted; rejects when the lines do, after the same.
 */
export async function feed(lines: AsyncIterable<Line>, options: FeedOptions): Promise<void> {
  const { concurrency, ordered, run, accept } = options;
  const ready = new Map<number, Outcome>();
  let started = 0;
  let settled = 0;
  let delivered = 0;
  let delivering = false;
  let wake: (() => void) | undefined;

  async function deliver(): Promise<void> {
    if (delivering) return;
    delivering = true;
    for (let outcome = ready.get(delivered); outcome !== undefined; outcome = ready.get(delivered)) {
      ready.delete(delivered);
      const accepted = accept(outcome);
      if (accepted !== undefined) await accepted;
      delivered++;
      wake?.();
    }
    delivering = false;
  }

  async function execute(line: Line, position: number): Promise<void> {
    const outcome = await outcomeOf(line, run);
    ready.set(ordered ? position : settled++, outcome);
    await deliver();
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
  }

  try {
    for await (const line of lines) {
      void execute(line, started++);
      if (started - delivered >= concurrency) await until(() => started - delivered < concurrency);
    }
  } finally {
    await until(() => delivered === started);
  }
}

async function outcomeOf({ number, text }: Line, run: (text: string) => Promise<unknown>): Promise<Outcome> {
  try {
    return { line: number, ok: true, value: await run(text) };
  } catch (error) {
    return { line: number, ok: false, error };
  }
}
