/**
 * Finds what in a value cannot be copied to another thread, and says so. Runs only after a copy has failed: it may be
 * slow, but it must end and must not throw, whatever the value is.
 */
import { types } from 'node:util';

import { WorkStealingError } from '../base/errors.ts';
import { isPlatformObject } from './platform-object.ts';
import { serialize } from './structured.ts';
import { bytesOf } from './views.ts';

/** What a payload is to its task; the root of the path in a message. */
export type PayloadRole = 'input' | 'result';

interface Offender {
  readonly path: string;
  readonly kind: string;
}

interface Child {
  readonly path: string;
  readonly read: () => unknown;
}

/** Bounds of the search: objects looked at, levels, trial copies. Guesses: a path is a service, not a duty. */
const MAXIMUM_VISITS = 100_000;
const MAXIMUM_DEPTH = 500;
const MAXIMUM_TRIALS = 100;
/** Longest path and kind that a message repeats. */
const MAXIMUM_TEXT = 200;

const WAYS_OUT: readonly (readonly [kind: RegExp, wayOut: string])[] = [
  [
    /^SharedArrayBuffer|^WebAssembly\.Memory/,
    'pass memory from engine.allocate() as the whole input, or a view, which is copied',
  ],
  [/^Shared(?:Buffer|Range)$/, 'pass it as the whole input of a task, or its bytes, which are copied'],
  [/^Promise/, 'await it first'],
  [/Generator/, 'collect what it yields into an array first'],
  [/^a detached/, 'pass it before it is transferred, or a copy'],
  [/^a value nested/, 'pass a flatter value'],
  [/^URL$/, 'pass its href'],
  [/^(?:URLSearchParams|Headers|FormData)$/, 'pass an array of its entries'],
  [/^(?:Blob|File|Request|Response)$/, 'pass what its arrayBuffer() gives'],
  [/^Abort/, 'pass it as option signal, the task has context.signal'],
  [/^Proxy/, 'pass the object behind it, or a copy of what it holds'],
];
const DEFAULT_WAY_OUT = 'pass plain data, and keep functions and native objects in the task module';

/** The error for a value that cannot be copied; `cause` is what the copy threw. */
export function notShareable(value: unknown, role: PayloadRole, cause: unknown): WorkStealingError {
  const { path, kind } = locate(value, role, cause);
  const wayOut = WAYS_OUT.find(([pattern]) => pattern.test(kind))?.[1] ?? DEFAULT_WAY_OUT;
  const message = `expected ${role} data that the structured clone can copy, got ${kind} at ${path}: ${wayOut}`;
  return new WorkStealingError('ERR_NOT_SHAREABLE', message, { path, kind, cause });
}

function locate(value: unknown, role: PayloadRole, cause: unknown): Offender {
  if (cause instanceof RangeError && cause.message.includes('call stack')) {
    return { path: role, kind: 'a value nested too deeply' };
  }
  const search = new Search();
  try {
    const found = search.visit(value, role, 0) ?? search.suspect;
    if (found !== undefined) return { path: shorten(found.path), kind: shorten(found.kind) };
  } catch {
    // A hostile proxy: the message falls back to the root.
  }
  return { path: role, kind: 'a value that cannot be copied' };
}

class Search {
  /** The first object that fails as a whole while nothing inside it stands out. */
  suspect: Offender | undefined;
  readonly #seen = new Set<object>();
  #trials = 0;

  visit(value: unknown, path: string, depth: number): Offender | undefined {
    const kind = offence(value);
    if (kind !== undefined) return { path, kind };
    if (typeof value !== 'object' || value === null || this.#seen.has(value)) return undefined;
    if (depth === MAXIMUM_DEPTH || this.#seen.size === MAXIMUM_VISITS) return undefined;
    this.#seen.add(value);

    const children = childrenOf(value, path);
    for (const child of children) {
      let inner: unknown;
      try {
        inner = child.read();
      } catch {
        return { path: child.path, kind: 'a getter that throws' };
      }
      const found = this.visit(inner, child.path, depth + 1);
      if (found !== undefined) return found;
    }

    if (this.suspect === undefined && !isContainer(value) && !this.#copies(value)) {
      const exotic = { path, kind: nameOf(value) };
      if (children.length === 0) return exotic;
      this.suspect = exotic;
    }
    return undefined;
  }

  #copies(value: object): boolean {
    if (this.#trials++ === MAXIMUM_TRIALS) return true;
    try {
      serialize(value);
      return true;
    } catch {
      return false;
    }
  }
}

/** What a value is if it can never be copied, whatever it holds. */
function offence(value: unknown): string | undefined {
  if (typeof value === 'function') return value.name === '' ? 'a function' : `a function (${value.name})`;
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value !== 'object' || value === null) return undefined;
  if (types.isProxy(value)) return 'Proxy';
  if (types.isPromise(value) || types.isGeneratorObject(value) || types.isSharedArrayBuffer(value))
    return nameOf(value);
  if (value instanceof WebAssembly.Module) return nameOf(value);
  if (types.isWeakMap(value) || types.isWeakSet(value) || types.isArgumentsObject(value)) return nameOf(value);
  if (isPlatformObject(value)) return nameOf(value);
  if (types.isArrayBuffer(value) || ArrayBuffer.isView(value)) {
    try {
      bytesOf(value);
    } catch {
      return `a detached or shrunk buffer (${nameOf(value)})`;
    }
  }
  return undefined;
}

function childrenOf(value: object, path: string): readonly Child[] {
  if (ArrayBuffer.isView(value)) return [];
  const children: Child[] = Object.keys(value).map((key) => ({
    path: path + accessor(key, Array.isArray(value)),
    read: (): unknown => Reflect.get(value, key),
  }));
  if (types.isMap(value)) {
    for (const [key, entry] of value) {
      children.push({ path: `${path}.keys()`, read: () => key });
      children.push({ path: `${path}.get(${keyText(key)})`, read: () => entry });
    }
  } else if (types.isSet(value)) {
    for (const member of value) children.push({ path: `${path}.values()`, read: () => member });
  } else if (types.isNativeError(value) && Object.hasOwn(value, 'cause')) {
    children.push({ path: `${path}.cause`, read: () => value.cause });
  }
  return children;
}

function isContainer(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}

function accessor(key: string, isArray: boolean): string {
  if (isArray && /^\d+$/.test(key)) return `[${key}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function keyText(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key);
  return typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean' ? String(key) : '…';
}

/** The name of an object's kind: its builtin tag, else the name of its class. */
function nameOf(value: object): string {
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (tag !== 'Object') return tag;
  const constructor: unknown = Reflect.get(value, 'constructor');
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : tag;
}

function shorten(text: string): string {
  return text.length <= MAXIMUM_TEXT ? text : `${text.slice(0, MAXIMUM_TEXT)}…`;
}
