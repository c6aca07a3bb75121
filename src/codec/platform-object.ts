/**
 * Objects of the runtime that keep their data where a copy cannot reach it: `URL`, `Headers`, `Blob`, streams, signals. V8's
 * serializer takes most of them for plain objects without properties. Instances of the user's own classes are none.
 */
import { types } from 'node:util';

import { SharedRange } from './shared-range.ts';

/** Whether it is an instance of a class of the runtime, or of a subclass, of which a copy would have nothing; or memory of `engine.allocate()`. */
export function isPlatformObject(value: object): boolean {
  if (SharedRange.isOne(value)) return true;
  return !hasFormOfItsOwn(value) && isOfPlatformClass(value) && Object.keys(value).length === 0;
}

/** Whether there is one anywhere in a value that V8 could serialise. */
export function holdsPlatformObject(root: unknown): boolean {
  const found = new Set<object>();
  const add = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) found.add(value);
  };
  add(root);
  // The set grows while it is walked: that is how what is inside gets its turn.
  for (const object of found) {
    if (isPlatformObject(object)) return true;
    if (ArrayBuffer.isView(object)) continue;
    Object.values(object).forEach(add);
    if (types.isMap(object)) for (const entry of object) entry.forEach(add);
    else if (types.isSet(object)) object.forEach(add);
    else if (types.isNativeError(object)) add(object.cause);
  }
  return false;
}

/** What V8 knows by its kind, whatever its class. */
function hasFormOfItsOwn(value: object): boolean {
  return (
    Array.isArray(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isNativeError(value) ||
    types.isBoxedPrimitive(value) ||
    types.isAnyArrayBuffer(value) ||
    ArrayBuffer.isView(value)
  );
}

function isOfPlatformClass(value: object): boolean {
  for (let at: unknown = Object.getPrototypeOf(value); isObject(at); at = Object.getPrototypeOf(at)) {
    const constructor: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof constructor === 'function' && constructor !== Object && isGlobal(constructor)) return true;
  }
  return false;
}

// The runtime's own globals are not enumerable; one that somebody assigned to `globalThis` is.
function isGlobal(constructor: { readonly name: string }): boolean {
  const { name } = constructor;
  const isOfRuntime = Object.getOwnPropertyDescriptor(globalThis, name)?.enumerable === false;
  return isOfRuntime && Reflect.get(globalThis, name) === constructor;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
