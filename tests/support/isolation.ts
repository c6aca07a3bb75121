/** Where the engines of a test run. A test file that is imported by another one may be told to run them in processes. */
let isolation: 'thread' | 'process' = 'thread';

/** From here on every engine of `withEngine` has a process of its own. */
export function isolateEngines(): void {
  isolation = 'process';
}

export function isIsolated(): boolean {
  return isolation === 'process';
}

/** For tests of what threads share: why they do not hold for processes, false where they do. */
export function notIsolated(why: string): string | false {
  return isIsolated() ? why : false;
}
