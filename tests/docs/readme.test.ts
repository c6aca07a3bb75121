import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);

/** Code blocks that begin with `// FILE`, by file. */
function filesOf(markdown: string, language: string): Map<string, string> {
  const blocks = markdown.matchAll(/^```(\w+)\n\/\/ (\S+)\n(.*?)^```$/gms);
  return new Map(
    [...blocks].filter(([, found]) => found === language).map(([, , name = '', code = '']) => [name, code]),
  );
}

describe('the README', () => {
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tallyio-readme-'));
    await mkdir(join(folder, 'node_modules'));
    await symlink(ROOT, join(folder, 'node_modules', 'tallyio'), 'dir');
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    for (const [name, code] of filesOf(await readFile(join(ROOT, 'README.md'), 'utf8'), 'js')) {
      await writeFile(join(folder, name), code);
    }
  });

  after(async () => {
    await rm(folder, { recursive: true });
  });

  it('has an example that runs as it stands', async () => {
    const { stdout } = await run(process.execPath, ['main.js'], { cwd: folder });
    assert.equal(stdout, '0\n3\n1.5 2,4,6\n');
  });

  it('has an example that runs through require()', async () => {
    const main = await readFile(join(folder, 'main.js'), 'utf8');
    const body = main
      .replace(/^import (.*) from 'tallyio';$/m, "const $1 = require('tallyio');")
      .replace('import.meta.url', "require('node:url').pathToFileURL(__filename)");
    await writeFile(join(folder, 'main.cjs'), `(async () => {${body}})();`);
    const { stdout } = await run(process.execPath, ['main.cjs'], { cwd: folder });
    assert.equal(stdout, '0\n3\n1.5 2,4,6\n');
  });

  it('has types for every function of the kernel SDK', async () => {
    const names = async (file: string): Promise<string[]> =>
      [...(await readFile(join(ROOT, 'assembly', file), 'utf8')).matchAll(/^export (?:declare )?function (\w+)/gm)].map(
        ([, name = '']) => name,
      );
    assert.deepEqual(await names('kernel/sdk.d.ts'), await names('index.ts'));
    assert.equal((await names('index.ts')).length, 20);
  });

  it('lists every option and every code', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    const options = await readFile(join(ROOT, 'src/scheduler/options.ts'), 'utf8');
    const known = /const KNOWN = \[(.*?)\];/s.exec(options)?.[1]?.match(/\w+/g) ?? [];
    assert.ok(known.length > 10);
    for (const option of known) assert.ok(readme.includes(`\`${option}\``), option);
    const errors = await readFile(join(ROOT, 'docs/errors.md'), 'utf8');
    const codes = (await readFile(join(ROOT, 'src/base/errors.ts'), 'utf8')).match(/ERR_\w+/g) ?? [];
    assert.ok(codes.length > 10);
    for (const code of codes) assert.ok(errors.includes(`\`${code}\``), code);
  });
});
