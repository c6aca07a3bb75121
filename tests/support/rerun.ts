/** Test files that run a second time, with the workers in a process of their own: a start takes most of a second there. */
import assert from 'node:assert/strict';
import { type TestContext, type TestOptions, it as test } from 'node:test';
import { isolateEngines } from './isolation.ts';
import { IN_FULL_SET, QUICK } from './quick.ts';

type Body = (context: TestContext) => Promise<void> | void;

/** Which tests of a file its rerun has in the quick set, by their names. */
export interface QuickSet {
  /** These alone. */
  readonly only?: readonly string[];
  /** All but these. */
  readonly except?: readonly string[];
}

let quick: QuickSet | undefined;
const seen = new Set<string>();

function isLeftOut(name: string): boolean {
  if (quick?.only !== undefined) return !quick.only.includes(name);
  return quick?.except?.includes(name) ?? false;
}

/** As `it` of node:test; a rerun leaves out what is not in its quick set. */
export function it(name: string, options: TestOptions | Body, body?: Body): void {
  seen.add(name);
  const given = typeof options === 'function' ? {} : options;
  void test(
    name,
    isLeftOut(name) ? { ...given, ...IN_FULL_SET } : given,
    typeof options === 'function' ? options : body,
  );
}

/**
 * Runs a test file with the engines of `withEngine` in processes. All of its tests, or those of the quick set where that is wanted;
 * its tests are those of `it` above.
 */
export async function rerun(load: () => Promise<unknown>, set: QuickSet): Promise<void> {
  isolateEngines();
  if (QUICK) quick = set;
  await load();
  void test('has the tests that its quick set names', () => {
    const names = [...(set.only ?? []), ...(set.except ?? [])];
    assert.deepEqual(
      names.filter((name) => !seen.has(name)),
      [],
    );
  });
}
