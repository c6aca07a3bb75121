/** Freezes plain data, all of it. */
export function deepFreeze<T extends object>(value: T): T {
  for (const each of Object.values(value)) if (typeof each === 'object' && each !== null) deepFreeze(each as object);
  return Object.freeze(value);
}
