/**
 * What a task threw, as a table that the structured clone can carry. The structured clone alone would lose `code`, own
 * properties and names of classes, and one property that cannot be copied would lose the error itself.
 *
 * Errors refer to each other by index (cause, AggregateError.errors, own properties), so that a cycle is no problem.
 */
import { types } from 'node:util';

import { bare, isGiven } from '../base/given.ts';
import { deserialize, serialize } from './structured.ts';
import { notShareable } from './unshareable.ts';

/** A value in the table: itself, a reference to an error of the table, or a list of such. */
type Slot = ValueSlot | ErrorSlot | ListSlot;
interface ValueSlot {
  readonly value: unknown;
}
interface ErrorSlot {
  readonly error: number;
}
interface ListSlot {
  readonly list: readonly Slot[];
}

type Property = readonly [key: string, slot: Slot, enumerable: boolean];

interface PackedError {
  /** Name of the native class it is an instance of. */
  readonly type: string;
  readonly properties: readonly Property[];
}

interface Failure {
  readonly thrown: Slot;
  readonly errors: readonly PackedError[];
}

/** Errors in one table; further ones are dropped. A guess: a chain of causes this long is a bug of its own. */
const MAXIMUM_ERRORS = 256;

const NATIVE_ERRORS: ReadonlyMap<string, () => Error> = new Map<string, () => Error>([
  ['Error', () => new Error()],
  ['AggregateError', () => new AggregateError([])],
  ['EvalError', () => new EvalError()],
  ['RangeError', () => new RangeError()],
  ['ReferenceError', () => new ReferenceError()],
  ['SyntaxError', () => new SyntaxError()],
  ['TypeError', () => new TypeError()],
  ['URIError', () => new URIError()],
]);

/** The bytes of whatever was thrown. Never throws: a failure that cannot be copied becomes ERR_NOT_SHAREABLE itself. */
export function serializeFailure(thrown: unknown): Uint8Array {
  try {
    return serialize(pack(thrown));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'its properties throw';
    return serialize(
      pack(notShareable(undefined, 'result', new Error(`what the task threw cannot be read: ${reason}`))),
    );
  }
}

/**
 * What was thrown.
 * @throws if the bytes are no failure
 */
export function deserializeFailure(bytes: Uint8Array): unknown {
  const failure = deserialize(bytes);
  if (!isFailure(failure)) throw new RangeError('these bytes are no failure');
  return unpack(failure);
}

function pack(thrown: unknown): Failure {
  const found = new Map<object, number>();
  const slotOf = (value: unknown): Slot | undefined => {
    if (isError(value)) {
      const index = found.get(value) ?? found.size;
      if (index >= MAXIMUM_ERRORS) return undefined;
      found.set(value, index);
      return { error: index };
    }
    return copyFailure(value) === undefined ? { value } : undefined;
  };

  let root = slotOf(thrown);
  root ??= slotOf(notShareable(thrown, 'result', copyFailure(thrown))) ?? { value: undefined };
  const errors: PackedError[] = [];
  // The map grows while it is walked: that is how causes of causes get their turn.
  for (const error of found.keys()) errors.push({ type: nativeType(error), properties: propertiesOf(error, slotOf) });
  return { thrown: root, errors };
}

function propertiesOf(error: object, slotOf: (value: unknown) => Slot | undefined): readonly Property[] {
  const properties = new Map<string, Property>();
  const add = (key: string, slot: Slot | undefined, enumerable: boolean): void => {
    if (slot !== undefined) properties.set(key, [key, slot, enumerable]);
  };
  const type = nativeType(error);
  for (const key of ['message', 'stack', 'name', 'code']) {
    const value = isGiven(error, key) ? read(error, key) : undefined;
    const isText = typeof value === 'string' && !(key === 'name' && value === type);
    if (isText || (key === 'code' && typeof value === 'number')) add(key, { value }, false);
  }
  if (isGiven(error, 'cause')) {
    const cause = read(error, 'cause');
    if (cause !== undefined || Object.hasOwn(error, 'cause')) add('cause', slotOf(cause), false);
  }
  for (const key of Object.keys(error)) {
    const value = read(error, key);
    if (value !== undefined) add(key, slotOf(value), true);
  }
  if (type === 'AggregateError' && !Object.keys(error).includes('errors')) {
    const inner = read(error, 'errors');
    if (Array.isArray(inner)) {
      const list = inner.map((one: unknown) => slotOf(one)).filter((slot) => slot !== undefined);
      add('errors', { list }, false);
    }
  }
  return [...properties.values()];
}

function unpack(failure: Failure): unknown {
  const errors = failure.errors.map(({ type }) => (NATIVE_ERRORS.get(type) ?? (() => new Error()))());
  const valueOf = (slot: Slot): unknown => {
    if (isErrorSlot(slot)) return errors[slot.error];
    return isListSlot(slot) ? slot.list.map(valueOf) : slot.value;
  };
  for (const [index, { properties }] of failure.errors.entries()) {
    const error = errors[index];
    if (error === undefined) continue;
    for (const [key, slot, enumerable] of properties) {
      const value = valueOf(slot);
      Object.defineProperty(error, key, bare({ value, configurable: true, enumerable, writable: true }));
    }
  }
  return valueOf(failure.thrown);
}

/** Name of the nearest native class on the prototype chain. */
function nativeType(error: object): string {
  for (let at: unknown = error; typeof at === 'object' && at !== null; at = Object.getPrototypeOf(at)) {
    const constructor = Object.hasOwn(at, 'constructor') ? read(at, 'constructor') : undefined;
    if (typeof constructor === 'function' && NATIVE_ERRORS.has(constructor.name)) return constructor.name;
  }
  return 'Error';
}

function isError(value: unknown): value is object {
  return types.isNativeError(value) || value instanceof Error;
}

/** What copying a value throws, `undefined` if it can be copied. */
function copyFailure(value: unknown): unknown {
  try {
    serialize(value);
    return undefined;
  } catch (reason) {
    return reason ?? new Error('copying it throws');
  }
}

function read(source: object, key: string): unknown {
  try {
    return Reflect.get(source, key);
  } catch {
    return undefined;
  }
}

function isFailure(value: unknown): value is Failure {
  return (
    isObject(value) &&
    has(value, 'thrown') &&
    isSlot(value.thrown) &&
    has(value, 'errors') &&
    isList(value.errors, isPacked)
  );
}

function isPacked(value: unknown): value is PackedError {
  return (
    isObject(value) &&
    has(value, 'type') &&
    typeof value.type === 'string' &&
    has(value, 'properties') &&
    isList(value.properties, isProperty)
  );
}

function isProperty(value: unknown): value is Property {
  return Array.isArray(value) && typeof value[0] === 'string' && isSlot(value[1]) && typeof value[2] === 'boolean';
}

function isSlot(value: unknown): value is Slot {
  if (!isObject(value)) return false;
  if (has(value, 'error')) return typeof value.error === 'number';
  return has(value, 'list') ? isList(value.list, isSlot) : has(value, 'value');
}

function isErrorSlot(slot: Slot): slot is ErrorSlot {
  return has(slot, 'error');
}

function isListSlot(slot: ValueSlot | ListSlot): slot is ListSlot {
  return has(slot, 'list');
}

function isList<T>(value: unknown, isMember: (member: unknown) => member is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isMember);
}

/** As `in`, without what stands on Object.prototype. */
function has<T extends object, K extends string>(value: T, key: K): value is T & Record<K, unknown> {
  return Object.hasOwn(value, key);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
