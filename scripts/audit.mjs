// npm run audit: known weaknesses of what is installed with the package, and the registry's signatures. Needs the network.
import { spawnSync } from 'node:child_process';
import { readAudit, readSignatures } from './audit-report.mjs';

function outputOf(...args) {
  return spawnSync('npm', [...args, '--omit', 'dev', '--json'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  }).stdout;
}

function conclude(what, { findings = [], skipped, failed }) {
  for (const finding of findings) process.stderr.write(`${what}: ${finding}\n`);
  if (failed !== undefined) {
    process.stderr.write(
      `${what}: expected an answer of the registry, got ${failed}: look at the network and try again\n`,
    );
  } else if (skipped !== undefined) {
    process.stdout.write(`${what}: skipped, this registry does not tell (${skipped})\n`);
  } else if (findings.length === 0) {
    process.stdout.write(`${what}: nothing against what is installed with the package\n`);
  }
  if (failed !== undefined || findings.length > 0) process.exitCode = 1;
}

conclude('advisories', readAudit(outputOf('audit')));
conclude('signatures', readSignatures(outputOf('audit', 'signatures')));
