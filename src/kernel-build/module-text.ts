/** A function of a module. */
interface FunctionText {
  /** Names of the functions that it calls. */
  readonly calls: ReadonlySet<string>;
  /** It has a `memory.grow`. */
  readonly grows: boolean;
  /** It calls what a value names. */
  readonly indirect: boolean;
}

/** What a module holds, by the text format that the compiler prints before it optimises, one thing a line. */
export interface ModuleText {
  readonly functions: ReadonlyMap<string, FunctionText>;
  /** `function`: the name within the module; undefined for the memory. */
  readonly imports: readonly { readonly from: string; readonly name: string; readonly function?: string }[];
  /** Names within the module of what it exports. */
  readonly exports: readonly { readonly name: string; readonly kind: string; readonly of: string }[];
  readonly mutableGlobals: ReadonlySet<string>;
  /** Where the data ends. */
  readonly dataEnd: number;
}

const ID = String.raw`\$("(?:[^"\\]|\\.)*"|[^\s()]+)`;
const STRING = String.raw`"((?:[^"\\]|\\.)*)"`;
const FUNCTION = new RegExp(String.raw`^ \(func ${ID}`);
const CALL = new RegExp(String.raw`^\s+\((?:return_)?call ${ID}`);
const IMPORT = new RegExp(String.raw`^ \(import ${STRING} ${STRING} \((\w+) ${ID}`);
const EXPORT = new RegExp(String.raw`^ \(export ${STRING} \((\w+) ${ID}`);
const MUTABLE = new RegExp(String.raw`^ \(global ${ID} \(mut `);
const DATA = new RegExp(String.raw`^ \(data ${ID} \(i32\.const (\d+)\) ${STRING}`);

/** Reads the text of a module. */
export function readModuleText(text: string): ModuleText {
  const lines = text.split('\n');
  return {
    functions: functionsOf(lines),
    imports: matches(lines, IMPORT).map(([from = '', name = '', kind = '', id = '']) =>
      kind === 'func' ? { from, name, function: bareId(id) } : { from, name },
    ),
    exports: matches(lines, EXPORT).map(([name = '', kind = '', id = '']) => ({ name, kind, of: bareId(id) })),
    mutableGlobals: new Set(matches(lines, MUTABLE).map(([id = '']) => bareId(id))),
    dataEnd: Math.max(0, ...matches(lines, DATA).map(([, start = '', bytes = '']) => Number(start) + lengthOf(bytes))),
  };
}

/** All functions from which one of `targets` is called, with the function that each calls on a shortest way there. */
export function waysTo(module: ModuleText, targets: readonly string[]): Map<string, string> {
  const next = new Map<string, string>();
  for (let reached = [...targets]; reached.length > 0;) {
    const callers: string[] = [];
    for (const [name, { calls }] of module.functions) {
      const called = next.has(name) ? undefined : reached.find((target) => calls.has(target));
      if (called === undefined) continue;
      next.set(name, called);
      callers.push(name);
    }
    reached = callers;
  }
  return next;
}

function functionsOf(lines: readonly string[]): Map<string, FunctionText> {
  const functions = new Map<string, FunctionText>();
  let current = { calls: new Set<string>(), grows: false, indirect: false };
  for (const line of lines) {
    const name = FUNCTION.exec(line)?.[1];
    if (name !== undefined)
      functions.set(bareId(name), (current = { calls: new Set(), grows: false, indirect: false }));
    const called = CALL.exec(line)?.[1];
    if (called !== undefined) current.calls.add(bareId(called));
    if (line.includes('(memory.grow')) current.grows = true;
    if (line.includes('(call_indirect')) current.indirect = true;
  }
  return functions;
}

function matches(lines: readonly string[], pattern: RegExp): string[][] {
  return lines.map((line) => pattern.exec(line)?.slice(1)).filter((groups) => groups !== undefined);
}

/** Names that are not plain are quoted, as strings are. */
function bareId(id: string): string {
  return id.startsWith('"') ? unescape(id.slice(1, -1)) : id;
}

function unescape(text: string): string {
  const bytes = text.replace(/\\([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes.replace(/\\(.)/g, '$1'), 'latin1').toString('utf8');
}

function lengthOf(bytes: string): number {
  return bytes.replace(/\\(?:[0-9a-f]{2}|.)/gi, '.').length;
}
