/** What a guest program says of one check, a line of JSON. */
export interface CheckRecord {
  readonly check: string;
  readonly outcome: 'ok' | 'failed' | 'skipped';
  /** What was wrong, or why it was skipped. */
  readonly message?: string;
}

const OUTCOMES: readonly unknown[] = ['ok', 'failed', 'skipped'] satisfies CheckRecord['outcome'][];

/** The record in a line; undefined when it is something else that a program printed. */
export function recordOf(line: string): CheckRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is CheckRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'check' in value &&
    typeof value.check === 'string' &&
    hasOutcome(value)
  );
}

function hasOutcome(value: object): boolean {
  return 'outcome' in value && OUTCOMES.includes(value.outcome);
}
