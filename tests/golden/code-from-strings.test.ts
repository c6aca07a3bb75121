import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectFiles, projectRoot, readProjectFile } from '../support/project.ts';

/** What makes code of text. `node:vm` does so whatever --disallow-code-generation-from-strings says. */
const MAKERS: Record<string, RegExp> = {
  eval: /(?<![.\w])eval\s*\(|\(\s*0\s*,\s*eval\s*\)/,
  Function: /(?<![.\w])Function\s*\(|construct\(Function\b/,
  vm: /(?:from|require\()\s*['"](?:node:)?vm['"]/,
  timer: /\bset(?:Timeout|Interval|Immediate)\(\s*['"`]/,
  thread: /\beval:\s*true/,
};

/** Where the package does, and why that is no way in. docs/security.md#code-from-text */
const KNOWN = [
  'dist/cli/runtime-checks.js Function', // `tallyio doctor` looks whether it may
  'dist/codec/shape-table.js vm', // literals whose keys are JSON strings
  'dist/node-process/entry.cjs vm', // the same, bundled
  'dist/worker/handler-thread.cjs vm',
];

function makers(path: string, text: string): string[] {
  const code = text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
  return Object.entries(MAKERS).flatMap(([name, pattern]) => (pattern.test(code) ? [`${path} ${name}`] : []));
}

describe('code from text', () => {
  it('is made by the package in known places only', () => {
    const files = projectFiles(['dist'], ['.js', '.cjs', '.mjs']).filter((path) => !path.startsWith('dist/bench/'));
    assert.ok(files.length > 50);
    assert.deepEqual(
      files.flatMap((path) => makers(path, readProjectFile(path))),
      KNOWN,
    );
  });

  it('is made by nothing that is installed with the package', () => {
    const { packages } = JSON.parse(readProjectFile('package-lock.json')) as {
      packages: Record<string, { dev?: boolean }>;
    };
    const folders = Object.keys(packages).filter((path) => path !== '' && packages[path]?.dev !== true);
    assert.ok(folders.includes('node_modules/commander'));
    const found = folders.flatMap((folder) =>
      readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => /\.[cm]?js$/.test(path) && !path.startsWith('node_modules'))
        .flatMap((path) => makers(join(folder, path), readFileSync(join(projectRoot, folder, path), 'utf8'))),
    );
    assert.deepEqual(found, []);
  });

  it('the checker sees what it is for, and not what looks like it', () => {
    const bad: Record<string, string> = {
      eval: 'const x = eval ("1"); (0, eval)("2");',
      Function: 'new Function("return 1"); Reflect.construct(Function, ["1"]);',
      vm: "import { Script } from 'node:vm';",
      timer: 'setTimeout("x()", 1)',
      thread: 'new Worker(text, { eval: true })',
    };
    for (const [name, text] of Object.entries(bad)) assert.deepEqual(makers('a', text), [`a ${name}`]);
    assert.deepEqual(makers('a', "// eval('x')\nisFunction(x); x.eval(1); typeof Function; setTimeout(f, 1)"), []);
  });
});
