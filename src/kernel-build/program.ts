/** What this package reads of AssemblyScript's program: the part that the compiler has and its types do not promise. */
export interface Program {
  /** By path, without ending. */
  readonly filesByName: ReadonlyMap<string, ProgramFile>;
  /** What is declared, by the name that it has in the module. */
  readonly elementsByName: ReadonlyMap<string, ProgramElement>;
  /** What is compiled, by the name that it has in the module. */
  readonly instancesByName: ReadonlyMap<string, ProgramElement>;
}

/** A module. */
interface ProgramFile {
  readonly internalName: string;
  readonly exports: ReadonlyMap<string, ProgramElement> | null;
  /** Of `export * from`. */
  readonly exportsStar: readonly ProgramFile[] | null;
}

/** Something declared. */
export interface ProgramElement {
  readonly internalName: string;
  /** Of its name in the source. */
  readonly identifierNode?: { readonly range: Range };
  /** A bit for each decorator. */
  decoratorFlags?: number;
  /** Of a function. */
  readonly signature?: { readonly parameterTypes: readonly unknown[]; readonly returnType: unknown };
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly source: {
    readonly normalizedPath: string;
    readonly text: string;
    lineAt(position: number): number;
    /** Of the position that `lineAt` was asked for last. */
    columnAt(): number;
  };
}

/** Where something stands. */
export interface Place {
  /** Relative to the current folder. */
  readonly path: string;
  /** From 1 on, as `column`. */
  readonly line: number;
  readonly column: number;
  /** Characters. */
  readonly length: number;
  /** The line. */
  readonly text: string;
}

/** All that a module exports, itself and by `export * from`. */
export function exportsOf(program: Program, path: string): [name: string, element: ProgramElement][] {
  const found: [string, ProgramElement][] = [];
  const seen = new Set<ProgramFile>();
  const visit = (file: ProgramFile | undefined): void => {
    if (file === undefined || seen.has(file)) return;
    seen.add(file);
    found.push(...(file.exports ?? []));
    file.exportsStar?.forEach(visit);
  };
  visit(program.filesByName.get(path));
  return found;
}

/** Where the name of an element stands; undefined for what the compiler made itself. */
export function placeOf(element: ProgramElement | undefined): Place | undefined {
  const range = element?.identifierNode?.range;
  if (range === undefined) return undefined;
  const { source, start, end } = range;
  const line = source.lineAt(start);
  return {
    path: source.normalizedPath,
    line,
    column: source.columnAt(),
    length: end - start,
    text: source.text.split(/\r?\n/)[line - 1] ?? '',
  };
}
