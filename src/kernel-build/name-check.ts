import { ENGINE_EXPORTS, SECOND_NAME } from '../wasm/exports.ts';
import type { Finding } from './finding.ts';
import { type Program, type ProgramElement, exportsOf, placeOf } from './program.ts';

/** What every module of the engine exports beside its functions, or may. */
const OTHER_EXPORTS = ['table', 'memory'];

/** Exports of the user's files whose names are taken: by the engine, or by another file. Before anything is compiled. */
export function takenNames(program: Program, files: readonly string[]): Finding[] {
  const engine = new Set<string>([...ENGINE_EXPORTS, ...OTHER_EXPORTS]);
  const seen = new Map<string, ProgramElement>();
  const findings: Finding[] = [];
  for (const [name, element] of files.flatMap((file) => exportsOf(program, file.replace(/\.ts$/, '')))) {
    const place = placeOf(element);
    const other = seen.get(name);
    if (engine.has(name) || name.startsWith(SECOND_NAME)) {
      const message = `the engine itself exports '${name}': give this another name, or do not export it`;
      findings.push({ message, place });
    } else if (other !== undefined && other !== element) {
      const where = placeOf(other);
      const message = `'${name}' is exported by ${where?.path ?? 'another file'} as well: give one of them another name`;
      findings.push({ message, place });
    }
    seen.set(name, other ?? element);
  }
  return findings;
}
