import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../support/project.ts';

type Entry = Readonly<Record<string, unknown>>;
interface Lock {
  readonly packages: Readonly<Record<string, Entry>>;
}
type Runtime = Readonly<Record<string, { readonly brings: readonly string[] }>>;
interface Rules {
  runtimeFindings(manifest: object, lock: Lock, runtime: Runtime): string[];
  scriptFindings(lock: Lock, allowed: object): string[];
  licenceFindings(lock: Lock, licences: readonly string[], exceptions: object): string[];
  originFindings(lock: Lock): string[];
  bomFindings(bom: object, runtime: Runtime): string[];
}
interface Verdict {
  readonly findings?: readonly string[];
  readonly skipped?: string;
  readonly failed?: string;
}
interface Reports {
  readAudit(output: string): Verdict;
  readSignatures(output: string): Verdict;
}

async function script<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(join(projectRoot, 'scripts', name)).href)) as T;
}

const rules = await script<Rules>('supply-rules.mjs');
const reports = await script<Reports>('audit-report.mjs');

const RUNTIME: Runtime = { one: { brings: ['two'] } };
const INTEGRITY = `sha512-${'A'.repeat(86)}==`;

function lockOf(packages: Record<string, Entry>): Lock {
  const complete = Object.entries(packages).map(([name, entry]) => [
    `node_modules/${name}`,
    { version: '1.0.0', integrity: INTEGRITY, license: 'MIT', ...entry },
  ]);
  return { packages: { '': { name: 'root' }, ...(Object.fromEntries(complete) as Record<string, Entry>) } };
}

describe('rules of supply', () => {
  const good = lockOf({ one: {}, two: {}, 'two/node_modules/two': {}, tool: { dev: true } });
  const manifest = { dependencies: { one: '1.0.0' } };

  it('dependencies are those that are listed, at one version, with what they bring', () => {
    assert.deepEqual(rules.runtimeFindings(manifest, good, RUNTIME), []);
    const other = { dependencies: { one: '^1.0.0', three: 'file:../three' }, optionalDependencies: {} };
    assert.deepEqual(rules.runtimeFindings(other, good, RUNTIME), [
      'three is a dependency of package.json, but not listed',
      'package.json has optionalDependencies: list what is in it as a dependency, or leave it out',
      'one is wanted as ^1.0.0, not as one exact version of the registry',
      'three is wanted as file:../three, not as one exact version of the registry',
    ]);
    assert.deepEqual(rules.runtimeFindings({}, lockOf({ one: {}, '@a/four': {} }), RUNTIME), [
      'one is listed, but not a dependency of package.json',
      '@a/four is installed with the package, but not listed',
      'two is listed, but not installed with the package',
    ]);
  });

  it('nothing runs on install but what is allowed by name', () => {
    const lock = lockOf({ one: { hasInstallScript: true }, tool: { dev: true, hasInstallScript: true } });
    assert.deepEqual(rules.scriptFindings(lock, { tool: 'a reason' }), ['node_modules/one has an install script']);
    assert.deepEqual(rules.scriptFindings(lock, {}).length, 2);
  });

  it('licences are on the list, or exceptions that are needed and not shipped', () => {
    const lock = lockOf({
      one: { license: '(GPL-3.0 OR MIT)' },
      two: { license: 'MIT AND GPL-3.0' },
      both: { license: 'GPL-3.0 AND (MIT OR ISC)' },
      three: { license: undefined },
      odd: { dev: true, license: 'CC0-1.0' },
      shipped: { license: 'CC0-1.0' },
    });
    const exceptions = { odd: { licence: 'CC0-1.0' }, shipped: { licence: 'CC0-1.0' }, gone: { licence: 'CC0-1.0' } };
    assert.deepEqual(rules.licenceFindings(lock, ['MIT'], exceptions), [
      'node_modules/two is under MIT AND GPL-3.0',
      'node_modules/both is under GPL-3.0 AND (MIT OR ISC)',
      'node_modules/three is under no licence',
      'node_modules/shipped is under CC0-1.0',
      'the exception for gone is not needed',
    ]);
  });

  it('everything has a strong hash and comes from the public registry', () => {
    const lock = lockOf({
      one: { resolved: 'https://registry.npmjs.org/one/-/one-1.0.0.tgz' },
      mirror: { resolved: 'https://npm.corp.example/mirror/-/mirror-1.0.0.tgz' },
      git: { resolved: 'git+ssh://git@github.com/a/b.git#1', integrity: undefined },
      weak: { integrity: 'sha1-AAAA' },
      linked: { link: true, resolved: '../linked' },
    });
    assert.deepEqual(rules.originFindings(lock), [
      'node_modules/mirror comes from https://npm.corp.example/mirror/-/mirror-1.0.0.tgz',
      'node_modules/git has no sha512 integrity',
      'node_modules/git comes from git+ssh://git@github.com/a/b.git#1',
      'node_modules/weak has no sha512 integrity',
      'node_modules/linked is a link to a folder',
      'node_modules/linked comes from ../linked',
    ]);
  });

  it('the bill of materials has the dependencies and no strangers', () => {
    const bom = { bomFormat: 'CycloneDX', components: [{ name: 'one' }, { name: 'two' }] };
    assert.deepEqual(rules.bomFindings(bom, RUNTIME), []);
    assert.deepEqual(rules.bomFindings({ bomFormat: 'SPDX', components: [{ group: '@a', name: 'three' }] }, RUNTIME), [
      'the bill of materials is of format SPDX, not CycloneDX',
      'one is not in the bill of materials',
      '@a/three is in the bill of materials, but not listed',
    ]);
  });
});

describe('answers of npm audit', () => {
  it('advisories of at least moderate severity', () => {
    const of = (name: string, severity: string): object => ({ name, severity, range: '<1' });
    const all = { a: of('a', 'low'), b: of('b', 'moderate'), c: of('c', 'critical') };
    const { findings } = reports.readAudit(JSON.stringify({ vulnerabilities: all }));
    assert.deepEqual(findings, ['b <1: moderate', 'c <1: critical']);
    assert.deepEqual(reports.readAudit('{"vulnerabilities": {}}'), { findings: [] });
  });

  it('a registry without advisories is skipped, one that cannot be asked is a failure', () => {
    for (const statusCode of [404, 405, 501]) {
      assert.deepEqual(reports.readAudit(JSON.stringify({ statusCode, message: 'no' })), { skipped: 'no' });
    }
    assert.deepEqual(reports.readAudit('{"statusCode": 500, "message": "down"}'), { failed: 'down' });
    assert.deepEqual(reports.readAudit('{"error": {"summary": "offline"}}'), { failed: 'offline' });
    assert.match(reports.readAudit('<html>').failed ?? '', /as JSON, got "<html>"/);
    for (const output of ['null', null as never]) assert.match(reports.readAudit(output).failed ?? '', /got "null"/);
  });

  it('signatures that are wrong or missing; none to be had is no finding', () => {
    const answer = { invalid: [{ name: 'a', version: '1.0.0' }], missing: [{ name: 'b', version: '2.0.0' }] };
    assert.deepEqual(reports.readSignatures(JSON.stringify(answer)), {
      findings: ['a@1.0.0: wrong signature', 'b@2.0.0: no signature'],
    });
    assert.deepEqual(reports.readSignatures('{"error": {"summary": "no keys"}}'), { skipped: 'no keys' });
    assert.deepEqual(reports.readSignatures(''), { skipped: 'npm gave no answer' });
  });
});
