/** Step log: what was done in which order in a schedule that failed. docs/testing.md#reading-a-failing-schedule */

/** Of a turn, the last ones. */
const MOST_STEPS = 40;

interface Turn {
  readonly thread: number;
  readonly steps: string[];
}

export class StepLog {
  private readonly turns: Turn[] = [];

  add(thread: number, step: string): void {
    const last = this.turns.at(-1);
    if (last?.thread === thread) last.steps.push(step);
    else this.turns.push({ thread, steps: [step] });
  }

  /** 0 0 0 1 0 → 0×3 1 0 */
  schedule(): string {
    return this.turns
      .map(({ thread, steps }) => (steps.length === 1 ? String(thread) : `${String(thread)}×${String(steps.length)}`))
      .join(' ');
  }

  /** A line a turn, steps that repeat counted. */
  lines(): string[] {
    return this.turns.map(({ thread, steps }) => `    ${String(thread)} ${counted(steps).join(', ')}`);
  }
}

function counted(steps: readonly string[]): string[] {
  const parts: { step: string; times: number }[] = [];
  for (const step of steps) {
    const last = parts.at(-1);
    if (last?.step === step) last.times += 1;
    else parts.push({ step, times: 1 });
  }
  const skipped = parts.length > MOST_STEPS ? [`… ${String(parts.length - MOST_STEPS)} before`] : [];
  return [
    ...skipped,
    ...parts.slice(-MOST_STEPS).map(({ step, times }) => (times === 1 ? step : `${step} ×${String(times)}`)),
  ];
}
