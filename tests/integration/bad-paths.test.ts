import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { projectRoot } from '../support/project.ts';
import { it } from '../support/rerun.ts';
import { DEADLINE_MS } from '../support/until.ts';
import { ENGINE_URL, refused, taskModule, temporary, withEngine, written } from './bad-input.ts';
import { createEngine } from '../support/create-engine.ts';

const run = promisify(execFile);
const ODD = 'a b #1 100% ?x=ü';

void describe('paths', () => {
  it('a task module whose path has spaces, #, %, ? and umlauts', async () => {
    const path = temporary(join(ODD, 'my tasks #2.mjs'));
    writeFileSync(path, 'export const echo = (x) => x; export const where = () => import.meta.url;');
    for (const tasks of [path, pathToFileURL(path), pathToFileURL(path).href]) {
      await withEngine({ tasks, workers: 1 }, async (engine) => {
        assert.equal(await engine.run('where'), pathToFileURL(path).href);
      });
    }
  });

  it('an installation in such a path', async () => {
    const home = temporary(ODD);
    mkdirSync(home);
    cpSync(new URL('../../src', import.meta.url), join(home, 'tallyio'), { recursive: true });
    symlinkSync(join(projectRoot, 'node_modules'), join(home, 'node_modules'));
    writeFileSync(join(home, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(home, 'tasks.js'), 'export const twice = (x) => 2 * x;');
    const main = join(home, 'main.js');
    writeFileSync(
      main,
      `import { createEngine } from './tallyio/index.js';
       const engine = await createEngine({ tasks: new URL('./tasks.js', import.meta.url), workers: 2 });
       console.log(await engine.run('twice', 21));
       await engine.close();`,
    );
    const { stdout } = await run(process.execPath, [main], { timeout: DEADLINE_MS });
    assert.equal(stdout, '42\n');
  });

  it('no path at all: a program on the command line', async () => {
    const engineUrl = JSON.stringify(ENGINE_URL);
    const program = `
      import { createEngine } from ${engineUrl};
      const engine = await createEngine({ tasks: new URL(${JSON.stringify(taskModule('').href)}), workers: 1 });
      console.log(await engine.run('echo', 7));
      await engine.close();`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { timeout: DEADLINE_MS });
    assert.equal(stdout, '7\n');
  });

  it('a data: URL', async () => {
    const tasks = new URL(`data:text/javascript,${encodeURIComponent('export const echo = (x) => x;')}`);
    await withEngine({ tasks, workers: 1 }, async (engine) => {
      assert.equal(await engine.run('echo', 1), 1);
    });
  });
});

const typescript = 'typescript' in process.features && process.features.typescript !== false;

void describe('TypeScript task modules', { skip: typescript ? false : 'this Node does not run TypeScript' }, () => {
  it('run as they are', async () => {
    const tasks = taskModule('export const twice = (x: number): number => 2 * x;', 'tasks.mts');
    await withEngine({ tasks, workers: 1 }, async (engine) => {
      assert.equal(await engine.run('twice', 21), 42);
    });
  });

  it('in a CommonJS package run as well, or say what they need', async () => {
    const tasks = written('bad.ts', 'enum Colour { Red }\nexport const echo = (x: Colour): Colour => x;');
    await refused(
      createEngine({ tasks, workers: 1 }),
      'ERR_MODULE_LOAD',
      tasks.href,
      'erasable types only',
      '"type": "module"',
    );
  });
});
