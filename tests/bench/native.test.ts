import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NotMeasured } from '../../bench/case.ts';
import { parseFigures } from '../../bench/child.ts';
import { compile, crateRecipe, oneTbbRecipe, type Recipe } from '../../bench/native/build.ts';
import { NativeProgram } from '../../bench/native/program.ts';

const { signal } = new AbortController();

/** The recipe with a tool that prints `message` and fails. */
function failing(recipe: Recipe, message: string): Recipe {
  const script = `process.stderr.write(${JSON.stringify(message)}); process.exit(1)`;
  return { ...recipe, tool: process.execPath, args: ['-e', script] };
}

const cwd = process.cwd();
const oneTbb = oneTbbRecipe('main.cpp', 'main', cwd);
const rayon = crateRecipe('rayon', cwd);
const crossbeam = crateRecipe('crossbeam', cwd);

describe('compile', () => {
  const absent: readonly (readonly [Recipe, string, string])[] = [
    [oneTbb, 'main.cpp:11:10: fatal error: oneapi/tbb/task_group.h: No such file or directory\n', 'libtbb-dev'],
    [oneTbb, '/usr/bin/ld: cannot find -ltbb: No such file or directory\n', 'libtbb-dev'],
    [rayon, 'error: no matching package named `rayon` found\n', 'librust-rayon-dev'],
    [
      crossbeam,
      'error: failed to get `crossbeam-deque`\n\nCaused by:\n  failed to read root of directory source: /usr/share\n',
      'librust-crossbeam-deque-dev',
    ],
  ];
  for (const [recipe, message, library] of absent) {
    it(`names ${library} when the compiler says “${message.split('\n')[0] ?? ''}”`, async () => {
      await assert.rejects(compile(failing(recipe, message), signal), {
        name: NotMeasured.name,
        message: `${library} is not installed`,
      });
    });
  }

  it('names a compiler that is not installed', async () => {
    await assert.rejects(compile({ ...oneTbb, tool: 'no-such-compiler' }, signal), {
      name: NotMeasured.name,
      message: 'no-such-compiler is not installed',
    });
  });

  it('says what is wrong with a program that does not compile', async () => {
    const message = 'main.cpp: In function main\nmain.cpp:7:1: error: expected ;\n';
    await assert.rejects(compile(failing(oneTbb, message), signal), {
      name: NotMeasured.name,
      message: 'does not compile: main.cpp:7:1: error: expected ;',
    });
  });

  it('is interrupted, which is not the same as not measured', async () => {
    const controller = new AbortController();
    const compiling = compile(
      { ...oneTbb, tool: process.execPath, args: ['-e', 'process.stdin.resume()'] },
      controller.signal,
    );
    controller.abort();
    await assert.rejects(compiling, { name: 'AbortError' });
  });
});

describe('parseFigures', () => {
  it('reads an object of numbers', () => {
    assert.deepEqual(parseFigures('{"value":18.5}', 'a rival'), { value: 18.5 });
  });

  it('refuses everything else', () => {
    assert.throws(() => parseFigures('{"value":"fast"}', 'a rival'), /expected a number as value from a rival/);
    assert.throws(() => parseFigures('18.5', 'a rival'), /expected figures from a rival/);
    assert.throws(() => parseFigures('{"value":NaN}', 'a rival'), SyntaxError);
  });
});

describe('NativeProgram', () => {
  const start = (onLine: string): Promise<NativeProgram> =>
    NativeProgram.start(process.execPath, [
      '-e',
      `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => { ${onLine} })`,
    ]);

  it('measures round after round in one process', async () => {
    const program = await start('console.log(JSON.stringify({ value: Number(line) / 2, process: process.pid }))');
    const first = await program.run(3);
    const second = await program.run(8);
    await program.close();
    assert.deepEqual([first['value'], second['value']], [1.5, 4]);
    assert.equal(first['process'], second['process']);
  });

  it('is gone once it is closed', async () => {
    const program = await start('console.log(JSON.stringify({ value: process.pid }))');
    const { value: pid = assert.fail() } = await program.run(1);
    await program.close();
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    await program.close();
  });

  it('fails the round when the program ends instead of answering', async () => {
    const program = await start('process.exit(3)');
    await assert.rejects(program.run(1), /expected a line of figures from .*, but it ended/);
    await program.close();
  });

  it('fails the round when the program prints something else', async () => {
    const program = await start('console.log("fast")');
    await assert.rejects(program.run(1), SyntaxError);
    await program.close();
  });

  it('does not start what does not exist', async () => {
    await assert.rejects(NativeProgram.start('no-such-program', []), { code: 'ENOENT' });
  });
});
