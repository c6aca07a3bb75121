import type { Place } from './program.ts';

/** Something in a user's kernels that cannot be built, and what to write instead. */
export interface Finding {
  readonly message: string;
  readonly place: Place | undefined;
}

/** As the compiler prints what it finds. */
export function findingText({ message, place }: Finding): string {
  if (place === undefined) return `ERROR: ${message}`;
  const { path, line, column, length, text } = place;
  const margin = ' '.repeat(String(line).length);
  const shown = text.trimStart();
  const before = Math.max(0, column - 1 - (text.length - shown.length));
  return [
    `ERROR: ${message}`,
    ` ${margin} :`,
    ` ${String(line)} │ ${shown}`,
    ` ${margin} │ ${' '.repeat(before)}${'~'.repeat(Math.max(1, length))}`,
    ` ${margin} └─ in ${path}(${String(line)},${String(column)})`,
  ].join('\n');
}
