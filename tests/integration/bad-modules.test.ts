import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { describe } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createEngine } from '../support/create-engine.ts';
import { it } from '../support/rerun.ts';
import { ENGINE_URL, loose, refused, taskModule, temporary, withEngine, written } from './bad-input.ts';

function start(tasks: URL | string, more: object = {}): Promise<unknown> {
  return createEngine(loose({ tasks, workers: 2, ...more }));
}

void describe('a task module that does not load is ERR_MODULE_LOAD', () => {
  it('does not exist', async () => {
    const path = temporary('nowhere.mjs');
    await refused(start(path), 'ERR_MODULE_LOAD', pathToFileURL(path).href, 'there is none', 'new URL(');
  });

  it('imports a module that does not exist: the missing one is named', async () => {
    const url = taskModule("import './missing-part.mjs';");
    await refused(start(url), 'ERR_MODULE_LOAD', url.href, 'failed while it was imported', /missing-part\.mjs/);
  });

  it('imports a package that is not installed', async () => {
    const url = taskModule("import 'no-such-package';");
    await refused(start(url), 'ERR_MODULE_LOAD', url.href, 'failed while it was imported', "'no-such-package'");
  });

  it('is a folder', async () => {
    const path = temporary('folder');
    mkdirSync(path);
    await refused(start(path), 'ERR_MODULE_LOAD', path, /directory/i);
  });

  it('does not parse', async () => {
    const url = taskModule('export const = 1;');
    const error = await refused(start(url), 'ERR_MODULE_LOAD', url.href, 'does not parse', 'SyntaxError');
    assert.ok(error.cause instanceof SyntaxError);
  });

  it('throws a SyntaxError of its own while it is imported: it does parse', async () => {
    const url = taskModule("JSON.parse('{x');");
    await refused(start(url), 'ERR_MODULE_LOAD', url.href, 'failed while it was imported', 'SyntaxError');
  });

  it('throws on import, also something that is no Error', async () => {
    const url = taskModule("throw new RangeError('no licence');");
    const error = await refused(start(url), 'ERR_MODULE_LOAD', url.href, 'RangeError: no licence');
    assert.ok(error.cause instanceof RangeError);
    await refused(start(taskModule('throw 7;')), 'ERR_MODULE_LOAD', 'failed while it was imported', '7');
    await refused(
      start(taskModule('throw undefined;')),
      'ERR_MODULE_LOAD',
      'failed while it was imported',
      'undefined',
    );
  });

  it('exports no function', async () => {
    const url = written('values.mjs', 'export const rate = 3; export function setup() {}');
    await refused(start(url), 'ERR_MODULE_LOAD', url.href, 'at least one function', 'rate');
    await refused(start(written('empty.mjs', '')), 'ERR_MODULE_LOAD', 'at least one function', 'nothing');
  });

  it('never finishes its top-level await', async () => {
    const url = taskModule('await new Promise(() => {});');
    await refused(start(url), 'ERR_MODULE_LOAD', url.href, 'never settles');
  });

  it('ends the process of its worker', async () => {
    const url = taskModule('process.exit(3);');
    await refused(start(url), 'ERR_MODULE_LOAD', url.href, 'exit code 3');
  });

  it('has a setup that throws, rejects, or never settles', async () => {
    const url = taskModule("export function setup() { throw new Error('no database'); }");
    const error = await refused(start(url), 'ERR_MODULE_LOAD', 'setup()', url.href, 'no database');
    assert.ok(error.cause instanceof Error);
    const rejecting = taskModule("export async function setup() { throw 'plain text'; }");
    await refused(start(rejecting), 'ERR_MODULE_LOAD', 'setup()', 'plain text');
    await refused(
      start(taskModule('export const setup = () => new Promise(() => {});')),
      'ERR_MODULE_LOAD',
      'never settles',
    );
  });

  it('exports other functions on another worker', async () => {
    const url = taskModule(
      "import { threadId } from 'node:worker_threads'; export { x as 'a', x as 'b' }; function x() {}",
    );
    const source = `
      let next;
      export { next as late };
      import { workerData } from 'node:worker_threads';
      if (workerData.index === 1) next = () => 1;`;
    await withEngine({ tasks: url, workers: 2 }, async (engine) => {
      assert.equal(await engine.run('a'), undefined);
    });
    await refused(start(taskModule(source)), 'ERR_MODULE_LOAD', 'the same functions on every worker', 'late');
  });

  it('exports more functions than there are task types', async () => {
    const names = Array.from({ length: 4097 }, (_, at) => `export const f${String(at)} = () => 1;`);
    await refused(start(taskModule(names.join('\n'))), 'ERR_MODULE_LOAD', 'at most 4096', '4098');
  });

  it('calls createEngine while it is loaded, or in its setup', async () => {
    const call = `(await import(${JSON.stringify(ENGINE_URL)})).createEngine({ tasks: import.meta.url, workers: 1 })`;
    await refused(
      start(taskModule(`await ${call};`)),
      'ERR_MODULE_LOAD',
      'without an engine of its own',
      'main module',
    );
    const setup = taskModule(`export async function setup() { await ${call}; }`);
    await refused(start(setup), 'ERR_MODULE_LOAD', 'without an engine of its own');
  });

  it(
    'is TypeScript on a Node that runs none',
    { skip: 'typescript' in process.features && process.features.typescript !== false },
    async () => {
      const url = taskModule('export const twice = (x: number): number => 2 * x;', 'tasks.ts');
      await refused(start(url), 'ERR_MODULE_LOAD', url.href, process.versions.node, '22.18', 'compiled module');
    },
  );
});

void describe('where a task module may be is ERR_INVALID_OPTION otherwise', () => {
  for (const tasks of ['./tasks.js', 'tasks.js', '', 'https://example.com/tasks.js']) {
    it(`not at ${JSON.stringify(tasks)}`, async () => {
      const error = await refused(
        start(tasks),
        'ERR_INVALID_OPTION',
        "new URL('./tasks.js', import.meta.url)",
        JSON.stringify(tasks),
      );
      assert.equal(Reflect.get(error, 'option'), 'tasks');
    });
  }

  it('not behind another protocol, and no other type', async () => {
    await refused(start(new URL('https://example.com/tasks.js')), 'ERR_INVALID_OPTION', 'https://example.com/tasks.js');
    for (const tasks of [7, {}, null, true]) {
      await refused(createEngine(loose({ tasks })), 'ERR_INVALID_OPTION', 'new URL(');
    }
  });
});

void describe('forms of task modules', () => {
  const body = `
    exports.named = (x) => 'named ' + x;
    exports['dy' + 'namic'] = (x) => 'dynamic ' + x;
    exports.setup = (data) => { state = data; };
    let state;
    exports.state = () => state;`;

  it('CommonJS: exports.x, and names that Node cannot guess', async () => {
    const tasks = written('tasks.cjs', `exports.echo = (x) => x; ${body}`);
    await withEngine({ tasks, workers: 1, workerData: { a: 1 } }, async (engine) => {
      assert.equal(await engine.run('named', 1), 'named 1');
      assert.equal(await engine.run('dynamic', 1), 'dynamic 1');
      assert.deepEqual(await engine.run('state'), { a: 1 });
      await refused(engine.run('module.exports'), 'ERR_UNKNOWN_TASK');
      await refused(engine.run('setup'), 'ERR_UNKNOWN_TASK');
    });
  });

  it('CommonJS: module.exports = { … }, and module.exports = function', async () => {
    const tasks = written('tasks.cjs', 'module.exports = { echo: (x) => x, ...{ spread: () => 5 }, teardown() {} };');
    await withEngine({ tasks: fileURLToPath(tasks), workers: 1 }, async (engine) => {
      assert.equal(await engine.run('spread'), 5);
      await refused(engine.run('teardown'), 'ERR_UNKNOWN_TASK', 'echo, spread');
    });
    const single = written('single.cjs', 'module.exports = (x) => 2 * x; module.exports.echo = (x) => x;');
    await withEngine({ tasks: single, workers: 1 }, async (engine) => {
      assert.equal(await engine.run('default', 4), 8);
    });
  });

  it('a default export is the task "default"', async () => {
    await withEngine({ tasks: taskModule('export default (x) => x + 1;'), workers: 1 }, async (engine) => {
      assert.equal(await engine.run('default', 4), 5);
    });
  });

  it('exports that are no functions are left alone', async () => {
    const tasks = taskModule('export const limit = 5; export class Model {} export default null;');
    await withEngine({ tasks, workers: 1 }, async (engine) => {
      await refused(engine.run('limit'), 'ERR_UNKNOWN_TASK', '"limit"', 'echo');
      await refused(engine.run('default'), 'ERR_UNKNOWN_TASK', '"default"');
      await refused(engine.run('Model'), 'ERR_TASK_FAILED', "without 'new'");
    });
  });
});
