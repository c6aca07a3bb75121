/**
 * The kernel's list format for sets of CPU and node numbers: `0-3,8`, with the stride form `0-31:2/8` (the first 2 of
 * every 8). Source: lib/bitmap-str.c, `bitmap_parselist`.
 */

/** Largest number a list may name; eight times what Linux can be built for, so that `0-4294967295` costs nothing. */
export const MAX_CPU = 65_535;

/** No list of the kernel has more ranges than every other number; it would be of one twentieth of this. */
const MOST_ELEMENTS = 4096;

/** What became of a list: its numbers, ascending and each once, or why it is none. */
export type CpuList = { readonly ok: true; readonly cpus: number[] } | { readonly ok: false; readonly reason: string };

const ELEMENT = /^(\d{1,10})(?:-(\d{1,10})(?::(\d{1,10})\/(\d{1,10}))?)?$/;

/** Reads a list. Order and duplicates do not matter; an empty text is the empty set, as the kernel prints it. */
export function parseCpuList(text: string): CpuList {
  const trimmed = text.trim();
  const cpus = new Set<number>();
  if (trimmed === '') return { ok: true, cpus: [] };
  const elements = trimmed.split(',', MOST_ELEMENTS + 1);
  if (elements.length > MOST_ELEMENTS)
    return { ok: false, reason: `expected at most ${String(MOST_ELEMENTS)} ranges, got more` };
  for (const element of elements) {
    const reason = addElement(cpus, element.trim());
    if (reason !== undefined) return { ok: false, reason };
  }
  return { ok: true, cpus: ascending(cpus) };
}

/** Prints a set the way the kernel does: ascending, runs of two and more as `first-last`. */
export function formatCpuList(cpus: Iterable<number>): string {
  const runs: { first: number; last: number }[] = [];
  for (const cpu of ascending(new Set(cpus))) {
    const run = runs.at(-1);
    if (run?.last === cpu - 1) run.last = cpu;
    else runs.push({ first: cpu, last: cpu });
  }
  return runs.map(({ first, last }) => (first === last ? String(first) : `${String(first)}-${String(last)}`)).join(',');
}

/** Adds one element; the answer is what is wrong with it. */
function addElement(cpus: Set<number>, element: string): string | undefined {
  const match = ELEMENT.exec(element);
  if (match === null) return `expected a number, a-b or a-b:used/group, got ${JSON.stringify(element.slice(0, 40))}`;
  const first = Number(match[1]);
  const last = Number(match[2] ?? first);
  const used = Number(match[3] ?? 1);
  const group = Number(match[4] ?? 1);
  if (last < first) return `expected an ascending range, got ${element}`;
  if (last > MAX_CPU) return `expected numbers up to ${String(MAX_CPU)}, got ${element}`;
  if (group === 0 || used > group) return `expected used ≤ group and group ≥ 1 in a-b:used/group, got ${element}`;
  for (let cpu = first; cpu <= last; cpu++) {
    if ((cpu - first) % group < used) cpus.add(cpu);
  }
  return undefined;
}

function ascending(cpus: ReadonlySet<number>): number[] {
  return [...cpus].sort((a, b) => a - b);
}
