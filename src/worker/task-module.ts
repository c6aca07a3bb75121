import { fileURLToPath } from 'node:url';
import { WorkStealingError } from '../base/errors.ts';
import { notPermitted } from '../base/permission.ts';
import { whileLoading } from './storage.ts';

/** A task of a module: `(input, context) => result`. */
export type Handler = (input: unknown, context: unknown) => unknown;

/** What a task module exports. */
export interface TaskModule {
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly setup: ((workerData: unknown) => unknown) | undefined;
  readonly teardown: (() => unknown) | undefined;
}

type Guard = typeof whileLoading;

/** Node strips types by itself from here on. */
const TYPESCRIPT = /\.[mc]?ts$/;

/**
 * Imports a task module in this thread.
 *
 * @param guarded runs code of the module that may not start an engine
 * @throws WorkStealingError ERR_MODULE_LOAD
 */
export async function loadTaskModule(url: string, guarded: Guard = whileLoading): Promise<TaskModule> {
  const typescript = TYPESCRIPT.test(new URL(url).pathname);
  if (typescript && !stripsTypes()) {
    throw new WorkStealingError(
      'ERR_MODULE_LOAD',
      `expected JavaScript, got the TypeScript module ${url}: Node ${process.versions.node} does not run TypeScript; use ` +
        'Node ≥ 22.18 or pass the compiled module',
    );
  }
  return readExports(await importModule(url, typescript, guarded), url, guarded);
}

/** Runs `setup`, if there is one. @throws WorkStealingError ERR_MODULE_LOAD */
export async function setUp(module: TaskModule, workerData: unknown, url: string): Promise<void> {
  try {
    await module.setup?.(workerData);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new WorkStealingError('ERR_MODULE_LOAD', `setup() of the task module ${url} failed: ${message}`, { cause });
  }
}

async function importModule(url: string, typescript: boolean, guarded: Guard): Promise<Record<string, unknown>> {
  try {
    return await guarded(async () => (await import(url)) as Record<string, unknown>);
  } catch (cause) {
    const denied = notPermitted(`import the task module ${url}`, cause);
    if (denied !== undefined) throw denied;
    throw new WorkStealingError('ERR_MODULE_LOAD', explain(url, cause, typescript), { cause });
  }
}

function explain(url: string, cause: unknown, typescript: boolean): string {
  const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  // A module that is imported by this one may be missing too: then this one's name stands behind "imported from".
  if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(`Cannot find module '${fileName(url)}'`)) {
    return `expected a task module at ${url}, but there is none: pass new URL('./tasks.js', import.meta.url)`;
  }
  // An error that the module's own code threw has a frame in it; a module that does not parse runs nothing.
  const ran = cause instanceof Error && cause.stack?.includes(`at ${url}`) === true;
  if (typescript && !ran && cause instanceof SyntaxError) {
    return (
      `the TypeScript module ${url} does not load: ${message}. ECMAScript syntax needs "type": "module" in the nearest ` +
      'package.json or the ending .mts, and Node runs erasable types only'
    );
  }
  if (!ran && cause instanceof SyntaxError) return `the task module ${url} does not parse: ${message}`;
  return `the task module ${url} failed while it was imported: ${message}`;
}

function fileName(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}

function readExports(namespace: Record<string, unknown>, url: string, guarded: Guard): TaskModule {
  const handlers = new Map<string, Handler>();
  for (const [name, value] of exportedFunctions(namespace)) {
    if (name !== 'setup' && name !== 'teardown') handlers.set(name, value);
  }
  if (handlers.size === 0) {
    const names = Object.keys(namespace).join(', ') || 'nothing';
    throw new WorkStealingError(
      'ERR_MODULE_LOAD',
      `expected the task module ${url} to export at least one function besides setup and teardown, got ${names}`,
    );
  }
  const lifecycle = new Map(exportedFunctions(namespace));
  const setup = lifecycle.get('setup');
  const teardown = lifecycle.get('teardown');
  return {
    handlers,
    setup: setup === undefined ? undefined : (workerData) => guarded(() => setup(workerData, undefined)),
    teardown: teardown === undefined ? undefined : () => teardown(undefined, undefined),
  };
}

// A CommonJS module comes as { default: module.exports, … } with the names that Node could guess.
function exportedFunctions(namespace: Record<string, unknown>): [string, Handler][] {
  const own = Object.entries(namespace).filter(([name]) => name !== 'module.exports');
  const commonJs = namespace['default'];
  if (typeof commonJs === 'object' && commonJs !== null) {
    const known = new Set(own.map(([name]) => name));
    own.push(...Object.entries(commonJs).filter(([name]) => !known.has(name)));
  }
  return own.filter((entry): entry is [string, Handler] => typeof entry[1] === 'function');
}

function stripsTypes(): boolean {
  return (
    Boolean((process.features as { typescript?: unknown }).typescript) || 'Bun' in globalThis || 'Deno' in globalThis
  );
}
