// npm run supply: what the package depends on is what supply-list.mjs says, from where it should come, and runs nothing on install.
import { execSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as list from './supply-list.mjs';
import * as rules from './supply-rules.mjs';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const bom = JSON.parse(execSync('npm sbom --omit dev --sbom-format cyclonedx', { encoding: 'utf8' }));

const findings = [
  ...rules.runtimeFindings(manifest, lock, list.RUNTIME),
  ...rules.scriptFindings(lock, list.INSTALL_SCRIPTS),
  ...rules.licenceFindings(lock, list.LICENCES, list.LICENCE_EXCEPTIONS),
  ...rules.originFindings(lock),
  ...rules.bomFindings(bom, list.RUNTIME),
];
for (const finding of findings) process.stderr.write(`${finding}\n`);
if (findings.length > 0) {
  process.stderr.write('mend the lock file, or change scripts/supply-list.mjs and say why\n');
  process.exit(1);
}
const packages = Object.keys(lock.packages).length - 1;
process.stdout.write(
  `supply: ${packages} packages, ${bom.components.length} in the bill of materials, nothing to say\n`,
);
