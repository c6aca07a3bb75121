import { HEADER } from '../abi/layout.ts';
import type { Finding } from './finding.ts';
import { type ModuleText, waysTo } from './module-text.ts';
import { type Program, placeOf } from './program.ts';
import { ENGINE_PREFIX } from './source-files.ts';

/** What else to do where a function of the language needs the host, by the name of its import. */
const INSTEAD: Readonly<Record<string, string>> = {
  seed: 'Math.random asks the host for a seed; give the kernel a seed in its input, and draw from a generator of its own',
  'Date.now': 'give the kernel the time in its input',
  'console.log': 'set a result, or fail with a number',
  trace: 'set a result, or fail with a number',
};

/** Of the language's runtime: all that makes objects, or makes them larger, ends in one of them. */
const RUNTIME = /^~lib\/rt\/stub\/__(?:new|renew|alloc|realloc|free)$/;
const WRITES_CONSTANT = /^~lib\/staticarray\/StaticArray<.*#__u?set$/;

/** All that makes a compiled module unfit to run in shared memory. */
export function unfitCode(program: Program, module: ModuleText): Finding[] {
  return [...hostImports(program, module), ...objects(program, module), ...growth(program, module), ...data(module)];
}

/**
 * Exports that are neither kernels nor constants.
 *
 * @param plain names of functions that are exported, and not as kernels
 */
export function unfitExports(program: Program, module: ModuleText, plain: ReadonlySet<string>): Finding[] {
  return userExports(module).flatMap(({ name, kind, of }) => {
    const element = program.instancesByName.get(of.replace(/@varargs$/, '')) ?? program.elementsByName.get(of);
    const place = placeOf(element);
    if (kind === 'global' && module.mutableGlobals.has(of)) {
      const message = `'${name}' is a variable: each worker has its own, so do not export it; pass values by inputs and results`;
      return [{ message, place }];
    }
    if (kind !== 'func' || plain.has(name)) return [];
    const signature = signatureOf(element?.signature);
    if (signature === '(task: usize): void') return [];
    const message = `a kernel is (task: usize): void, but '${name}' is ${signature}: read the input by argument(task) or payload(task), set the result by setResult(task, …), and do not export other functions`;
    return [{ message, place }];
  });
}

/** The compiler's own, for functions with optional parameters. */
const ARGUMENTS_LENGTH = '__setArgumentsLength';

/** Functions and globals that a module exports beside the engine's. */
export function userExports(module: ModuleText): ModuleText['exports'] {
  return module.exports.filter(
    ({ name, kind, of }) =>
      (kind === 'func' || kind === 'global') && name !== ARGUMENTS_LENGTH && !of.startsWith(ENGINE_PREFIX),
  );
}

function signatureOf(signature: { parameterTypes: readonly unknown[]; returnType: unknown } | undefined): string {
  if (signature === undefined) return 'something else';
  const types = signature.parameterTypes.map(String);
  const parameters = types.map((type, i) => `${i === 0 ? 'task' : `parameter${String(i)}`}: ${type}`);
  return `(${parameters.join(', ')}): ${String(signature.returnType)}`;
}

function hostImports(program: Program, module: ModuleText): Finding[] {
  return module.imports
    .filter((entry) => entry.function !== undefined && !entry.function.startsWith(ENGINE_PREFIX))
    .flatMap((entry) => {
      const instead = Object.hasOwn(INSTEAD, entry.name) ? INSTEAD[entry.name] : undefined;
      const message =
        `kernels call nothing outside of WebAssembly, but this needs ${entry.from}.${entry.name} of the host: ` +
        (instead ?? 'write it in AssemblyScript, or give what it tells in the input');
      const own = placeOf(program.instancesByName.get(entry.function ?? ''));
      const callers = usersOf(program, module, [entry.function ?? '']);
      return callers.length > 0 ? callers.map(({ place }) => ({ message, place })) : [{ message, place: own }];
    });
}

function objects(program: Program, module: ModuleText): Finding[] {
  const names = [...module.functions.keys()];
  const making = usersOf(
    program,
    module,
    names.filter((name) => RUNTIME.test(name)),
  ).map(({ user, through, place }) => ({
    message: `${user} makes an object${through}: there is no garbage collection in shared memory; use numbers, load and store on payload(task) and setResultBytes(task, length), variables, and memory.data for constants`,
    place,
  }));
  const writing = usersOf(
    program,
    module,
    names.filter((name) => WRITES_CONSTANT.test(name)),
  ).map(({ user, place }) => ({
    message: `${user} writes to a static array: constants are shared by all workers; use variables, of which each worker has its own, or the bytes of the result`,
    place,
  }));
  return [...making, ...writing];
}

function growth(program: Program, module: ModuleText): Finding[] {
  return [...module.functions].flatMap(([name, { grows }]) =>
    grows && !name.startsWith('~lib/')
      ? [
          {
            message: `${readable(name)} grows the memory, which the engine has made at its final size: ask for bytes by setResultBytes(task, length)`,
            place: placeOf(program.instancesByName.get(name)),
          },
        ]
      : [],
  );
}

function data(module: ModuleText): Finding[] {
  if (module.dataEnd <= HEADER) return [];
  const message = `constants end at byte ${String(module.dataEnd)}, and the first ${String(HEADER)} bytes of the memory are theirs: compute large tables, or give them in the input`;
  return [{ message, place: undefined }];
}

/** The user's functions that call one of `targets` themselves or through the language's library. */
function usersOf(
  program: Program,
  module: ModuleText,
  targets: readonly string[],
): { user: string; through: string; place: ReturnType<typeof placeOf> }[] {
  const ways = waysTo(module, targets);
  return [...ways]
    .filter(([name, next]) => !isLibrary(name) && (isLibrary(next) || targets.includes(next)))
    .map(([name, next]) => ({
      user: readable(name),
      through: next.startsWith('~lib/rt/') ? '' : ` (${next.replace(/^~lib\//, '').replace(/~lib\/[\w/]*\//g, '')})`,
      place: placeOf(program.instancesByName.get(name)),
    }));
}

/** Who writes `new` is to hear of it, not the class, which may have no constructor of its own. */
function isLibrary(name: string): boolean {
  return name.startsWith('~lib/') || name.endsWith('#constructor') || name === '~start';
}

/** `start:kernels` is what stands at the top of `kernels.ts`. */
function readable(name: string): string {
  return name.startsWith('start:')
    ? `the top level of ${name.slice(6)}.ts`
    : `'${name.slice(name.lastIndexOf('/') + 1)}'`;
}
