/** WebAssembly modules made of a few words, for tests: as good or as bad as they want. */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const F64 = 0x7c;

/** A function, or an imported one. */
export interface FunctionParts {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly results: readonly number[];
  /** Instructions, without the `end`; the function traps without them. */
  readonly body?: readonly number[];
}

/** What a module consists of. */
export interface ModuleParts {
  /** Flags, least pages and, if the flags say so, most pages of each memory. */
  readonly memories?: readonly (readonly number[])[];
  /** Name that the first memory is exported by. */
  readonly memory?: string | undefined;
  readonly functions?: readonly FunctionParts[];
  /** Names in the module `env` of imports. */
  readonly imports?: readonly FunctionParts[];
  readonly importsMemory?: boolean;
  /** Index of the function that runs first. */
  readonly start?: number;
}

/** Traps. */
const UNREACHABLE = 0x00;
const END = 0x0b;

/** `alloc`, as a good module has it. */
export const ALLOC: FunctionParts = { name: 'alloc', parameters: [I32], results: [I32], body: [0x41, 8] };

/** A task that returns what it was given. */
export const TASK: FunctionParts = { name: 'task', parameters: [I32, I32], results: [I32], body: [0x20, 1] };

/** One memory of a page that is called `memory`, unless the parts say otherwise. */
export function moduleOf({
  memories = [[0, 1]],
  memory = 'memory',
  functions = [],
  imports = [],
  importsMemory = false,
  start,
}: ModuleParts): Uint8Array<ArrayBuffer> {
  const all = [...imports, ...functions];
  const imported = imports.map(({ name }, n) => [...text('env'), ...text(name), 0, n]);
  if (importsMemory) imported.push([...text('env'), ...text('memory'), 2, 0, 1]);
  const exported = functions.map(({ name }, n) => [...text(name), 0, ...leb(imports.length + n)]);
  if (memories.length > 0 && memory !== '') exported.unshift([...text(memory), 2, 0]);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      all.map(({ parameters, results }) => [0x60, ...vector(parameters), ...vector(results)]),
    ),
    ...section(2, imported),
    ...section(
      3,
      functions.map((_, n) => leb(imports.length + n)),
    ),
    ...section(
      5,
      memories.map(([flags = 0, ...limits]) => [flags, ...limits.flatMap(leb)]),
    ),
    ...section(7, exported),
    ...(start === undefined ? [] : [8, 1, start]),
    ...section(
      10,
      functions.map(({ body = [UNREACHABLE] }) => vector([0, ...body, END])),
    ),
  ]);
}

function section(id: number, entries: readonly (readonly number[])[]): readonly number[] {
  if (entries.length === 0) return [];
  const content = [...leb(entries.length), ...entries.flat()];
  return [id, ...leb(content.length), ...content];
}

function vector(bytes: readonly number[]): readonly number[] {
  return [...leb(bytes.length), ...bytes];
}

function text(name: string): readonly number[] {
  return vector([...Buffer.from(name)]);
}

function leb(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))];
}
