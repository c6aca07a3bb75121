/** @throws RangeError when the text after a flag is no whole number */
export function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`expected --${name} to be a whole number, got ${JSON.stringify(text)}`);
}
