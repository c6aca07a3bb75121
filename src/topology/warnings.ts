import { formatCpuList } from './cpulist.ts';
import type { TopologyWarning, TopologyWarningCode } from './topology.ts';

/** How many files a message names. */
const NAMED = 3;
/** How much of a list of numbers a message shows. */
const LIST_LENGTH = 60;

interface BadFiles {
  readonly paths: string[];
  /** What the first one holds. */
  readonly got: string;
}

/** What is odd about a machine. Many files with the same flaw are one warning. */
export class Warnings {
  readonly #warnings: TopologyWarning[] = [];
  readonly #badFiles = new Map<string, BadFiles>();

  /** @param message what was expected, what came, and what is assumed instead */
  add(code: TopologyWarningCode, message: string): void {
    this.#warnings.push({ code, message });
  }

  /** A file that is there and says nothing usable. @param expected what it should hold. @param got what came */
  addFile(path: string, expected: string, got: string): void {
    const same = this.#badFiles.get(expected);
    if (same === undefined) this.#badFiles.set(expected, { paths: [path], got });
    else same.paths.push(path);
  }

  /** All of them, unusable files first. */
  list(): TopologyWarning[] {
    const unreadable = [...this.#badFiles].map(([expected, { paths, got }]) => ({
      code: 'WARN_UNREADABLE' as const,
      message: `expected ${expected} in ${named(paths)}, got ${got}: passed over, the next source counts`,
    }));
    return [...unreadable, ...this.#warnings];
  }
}

/** Numbers for a message, in the list format, cut off where they would fill the screen. */
export function listed(numbers: Iterable<number>): string {
  const text = formatCpuList(numbers);
  return text.length <= LIST_LENGTH ? text : `${text.slice(0, LIST_LENGTH)} …`;
}

function named(paths: readonly string[]): string {
  const more = paths.length - NAMED;
  return paths.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}
