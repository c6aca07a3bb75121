/**
 * Options as somebody gave them. What stands on `Object.prototype` is in every object and was given by nobody: a library that
 * was talked into writing there (prototype pollution) must not choose the workers' environment. docs/security.md
 */

/** Whether an object has a property of its own or by a class, and not by `Object.prototype` alone. */
export function isGiven(options: object, name: string): boolean {
  for (let at: unknown = options; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    if (typeof at !== 'object' || at === null) return false;
    if (Object.hasOwn(at, name)) return true;
  }
  return false;
}

/** The options of these names that were given, in an object without a prototype: reading any other name gives undefined. */
export function givenOf(options: object, names: readonly string[]): Readonly<Record<string, unknown>> {
  const given = Object.create(null) as Record<string, unknown>;
  for (const name of names) if (isGiven(options, name)) given[name] = Reflect.get(options, name);
  return given;
}

/**
 * The same properties in an object without a prototype: for what Node and the language read options and descriptors from, which
 * look at `Object.prototype` as well.
 */
export function bare<T extends object>(properties: T): T {
  return Object.assign(Object.create(null) as T, properties);
}
