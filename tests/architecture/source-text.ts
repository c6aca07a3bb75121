import ts from 'typescript';

/** Path from the root → text. */
export type Sources = ReadonlyMap<string, string>;

/** The text without comments: what is said about a rule does not break it. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
}

/** Specifiers of all imports and re-exports, dynamic ones and those of types included. */
export function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** Relative imports as paths from the root; `./x` without an ending (AssemblyScript) means `./x.ts`. */
export function relativeImports(path: string, text: string): string[] {
  return importsOf(text)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => {
      const resolved = new URL(specifier, `file:///${path}`).pathname.slice(1);
      return /\.[a-z]+$/.test(resolved) ? resolved : `${resolved}.ts`;
    });
}
