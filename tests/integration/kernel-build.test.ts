import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BuildError, type BuildOptions, type KernelBuild, buildKernels } from '../../src/kernel-build/build.ts';
import { kernelTypes } from '../../src/kernel-build/kernel-types.ts';
import { readManifest } from '../../src/wasm/manifest.ts';
import { createEngine } from '../support/create-engine.ts';
import { projectRoot } from '../support/project.ts';

const SDK = `import { argument, fail, payload, payloadLength, setResult, setResultBytes } from 'tallyio/assembly';\n`;

let folder = '';
before(() => {
  process.env['CI'] = 'true'; // where it is set the compiler colours what it says
  folder = mkdtempSync(join(tmpdir(), 'tallyio kernels '));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** Builds the files, after they were written. */
async function build(
  files: Readonly<Record<string, string>>,
  options: Partial<BuildOptions> = {},
): Promise<KernelBuild> {
  write(files);
  return await buildKernels({ files: Object.keys(files), folder, ...options });
}

/** What the build says against the files. */
async function refusal(files: Readonly<Record<string, string>>): Promise<string> {
  const error: unknown = await build(files).then(
    ({ manifest }) => assert.fail(`expected a refusal, built ${JSON.stringify(manifest)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BuildError, String(error));
  return error.message;
}

/** The finding at a line of a file, with the line itself. */
function at(text: string, file: string, line: number): string {
  const found = text.split('\n\n').find((finding) => finding.includes(` in ${file}(${String(line)},`));
  assert.ok(found !== undefined, `expected a finding at ${file}(${String(line)}) in:\n${text}`);
  return found;
}

describe('kernels that can be built', () => {
  it('run, with the kinds of their inputs and results', async () => {
    const kernels = `${SDK}
      import { twice } from './lib/twice';
      let calls: f64 = 0;
      const table: StaticArray<f64> = [10, 20];
      const bytes = memory.data<u8>([7, 8, 9]);
      export const LIMIT: i32 = 3;
      export function square(task: usize): void { setResult(task, twice(argument(task)) * argument(task) / 2); }
      export function count(task: usize): void { calls += 1; setResult(task, calls); }
      export function look(task: usize): void { const i = argument(task) as i32; setResult(task, table[i] + load<u8>(bytes + i)); }
      export function strict(task: usize): void { if (argument(task) > 3) throw new Error('too much'); setResult(task, Math.exp(0)); }
      export function chosen(task: usize): void { const f = (x: f64): f64 => x * 3; setResult(task, f(argument(task))); }
      export function nothing(task: usize): void {}
    `;
    const reverse = `${SDK}
      export function reverse(task: usize): void {
        const length = payloadLength(task);
        const to = setResultBytes(task, length);
        if (length != 0 && to == 0) return fail(task, 1);
        for (let i = 0; i < length; ++i) store<u8>(to + length - 1 - i, load<u8>(payload(task) + i));
      }
      export function either(task: usize): void {
        if (payloadLength(task) > 0) setResultBytes(task, 1);
        else setResult(task, argument(task));
      }`;
    write({ 'lib/twice.ts': 'export function twice(x: f64): f64 { return x * 2; }' });
    const files = { 'kernels.ts': kernels, 'näher/my kernels (2).ts': reverse };
    for (const checked of [false, true]) {
      const { module, manifest, warnings } = await build(files, { checked });
      assert.equal(warnings, '');
      assert.deepEqual(readManifest(new WebAssembly.Module(module)), manifest);
      assert.equal(manifest.checked, checked);
      assert.deepEqual(
        manifest.kernels.map(({ name, input, result }) => `${name} ${input} ${result}`),
        [
          ...['chosen any any', 'count none number', 'either any any', 'look number number', 'nothing none number'],
          ...['reverse bytes bytes', 'square number number', 'strict number number'],
        ],
      );
      const names = WebAssembly.Module.customSections(new WebAssembly.Module(module), 'name');
      assert.equal(names.length, checked ? 1 : 0);
      const engine = await createEngine({ kernels: module, workers: 1 });
      try {
        assert.equal(await engine.run('square', 12), 144);
        assert.equal(await engine.run('count'), 1);
        assert.equal(await engine.run('count'), 2);
        assert.equal(await engine.run('look', 1), 28);
        assert.equal(await engine.run('chosen', 5), 15);
        assert.equal(await engine.run('strict', 1), 1);
        await assert.rejects(engine.run('strict', 4), { code: 'ERR_TASK_FAILED' });
        assert.deepEqual(await engine.run('reverse', 'abc'), Uint8Array.from(Buffer.from('cba')));
      } finally {
        await engine.close();
      }
    }
  });

  it('trap where they leave their payload, if they are checked', async () => {
    const text = `import { argument, payloadAt, payloadLength, setResult } from 'tallyio/assembly';
      function readAt(task: usize, offset: i32): f64 { return load<f64>(payloadAt(task, offset, 8)); }
      export function last(task: usize): void { setResult(task, readAt(task, payloadLength(task) - 8)); }
      export function behind(task: usize): void { setResult(task, readAt(task, payloadLength(task) - 7)); }
      export function before(task: usize): void { setResult(task, readAt(task, -8)); }`;
    for (const checked of [true, false]) {
      const { module, manifest } = await build({ 'reading.ts': text }, { checked });
      assert.deepEqual(new Set(manifest.kernels.map(({ input }) => input)), new Set(['bytes']));
      const engine = await createEngine({ kernels: module, workers: 1 });
      try {
        const numbers = Float64Array.of(1, 2, 3);
        assert.equal(await engine.run('last', numbers), 3);
        for (const name of ['behind', 'before']) {
          const run = engine.run(name, numbers);
          if (checked)
            await assert.rejects(run, ({ cause }: { cause: Error }) =>
              String(cause.stack).includes(`reading/${name} (wasm`),
            );
          else await run;
        }
      } finally {
        await engine.close();
      }
    }
  });

  it('have spawn, join and setResult in them', async () => {
    const text = `import { argument, join, setResult, spawn } from 'tallyio/assembly';
      export function f(task: usize): void { setResult(task, join(spawn(f, argument(task)))); }`;
    const built = await build({ 'spawning.ts': text }, { checked: true });
    const functions = [...built.text.matchAll(/\(func \$\S*?assembly\/(\S+)/g)].map(([, name]) => name);
    assert.ok(functions.includes('worker/join/settle'), functions.join());
    const hot =
      /^(?:index\/(?:spawn|join|setResult)|worker\/spawn\/(?!lookForStop|noFrame)|worker\/join\/joinFrame|memory\/frame\/setResult$|worker\/frame-stack\/(?:push|share|wantsMore|drop|popTo)$)/;
    assert.deepEqual(
      functions.filter((name = '') => hot.test(name)),
      [],
    );
    assert.deepEqual(built.manifest.kernels, [{ name: 'f', input: 'number', result: 'number' }]);
  });

  it('and their types tell them to TypeScript', () => {
    const text = kernelTypes([
      { name: 'a', input: 'none', result: 'number' },
      { name: 'b', input: 'number', result: 'bytes' },
      { name: 'c-d', input: 'bytes', result: 'any' },
      { name: 'e', input: 'any', result: 'any' },
    ]);
    assert.deepEqual(text.split('\n').slice(1, -1), [
      'export interface Kernels {',
      '  a(): number;',
      '  b(input: number): Uint8Array;',
      '  "c-d"(input: string | ArrayBufferView): number | Uint8Array;',
      '  e(input: number | string | ArrayBufferView): number | Uint8Array;',
      '}',
    ]);
  });

  it('have one engine in them, by whatever path they name it', async () => {
    const kernel = (name: string, path: string): string =>
      `import { argument, setResult } from '${path}';\nexport function ${name}(task: usize): void { setResult(task, argument(task) + 1); }`;
    write({ 'node_modules/other/assembly/index.ts': "export * from 'tallyio/assembly';" });
    symlinkSync(projectRoot, join(folder, 'node_modules/tallyio'), 'junction');
    symlinkSync(join(projectRoot, 'assembly'), join(folder, 'linked'), 'junction');
    const away = relative(folder, projectRoot).replaceAll('\\', '/');
    const { module, text } = await build({
      'package.ts': kernel('viaPackage', 'tallyio/assembly'),
      'index.ts': kernel('viaIndex', 'tallyio/assembly/index'),
      'folder.ts': kernel('viaFolder', './node_modules/tallyio/assembly'),
      'link.ts': kernel('viaLink', './linked/index'),
      'checkout.ts': kernel('viaCheckout', `./${away}/assembly/index`),
      'other.ts': kernel('viaOther', 'other/assembly'),
    });
    const engine = [...text.matchAll(/^ \((?:func|global) \$(\S*assembly\/\S+)/gm)].map(([, name = '']) => name);
    assert.ok(engine.length > 50, String(engine.length));
    assert.deepEqual(
      engine.filter((name) => !name.startsWith('~lib/@tallyio/engine/assembly/')),
      [],
    );
    const running = await createEngine({ kernels: module, workers: 1 });
    try {
      for (const via of ['Package', 'Index', 'Folder', 'Link', 'Checkout', 'Other']) {
        assert.equal(await running.run(`via${via}`, 41), 42, via);
      }
    } finally {
      await running.close();
    }
  });

  it('say which of their exports are no kernels', async () => {
    const kernels = `${SDK}
      export function add(a: f64, b: f64): f64 { return a + b; }
      export function one(task: usize): void { setResult(task, add(1, 0)); }`;
    const { module, manifest } = await build({ 'plain.ts': kernels }, { plain: ['add'] });
    assert.deepEqual(
      manifest.kernels.map(({ name }) => name),
      ['one'],
    );
    const exports = WebAssembly.Module.exports(new WebAssembly.Module(module)).map(({ name }) => name);
    assert.ok(exports.includes('add'));
  });

  it('tell of each file before it is read, and of one that is not there', async () => {
    const read: string[] = [];
    const kernels = `${SDK}import { x } from './value';\nexport function f(task: usize): void { setResult(task, x); }`;
    write({ 'reads.ts': kernels, 'value.ts': 'export const x = 3;' });
    const onRead = (path: string): unknown => read.push(path);
    await buildKernels({ files: ['reads.ts'], folder, onRead: (path) => void onRead(path) });
    for (const name of ['reads.ts', 'value.ts']) assert.ok(read.includes(join(folder, name)), name);
    rmSync(join(folder, 'value.ts'));
    read.length = 0;
    const again = buildKernels({ files: ['reads.ts'], folder, onRead: (path) => void onRead(path) });
    await assert.rejects(again, /File 'value\.ts' not found/);
    assert.ok(read.includes(join(folder, 'value.ts')));
    await assert.rejects(buildKernels({ files: ['none.ts'], folder }), /there is no file none\.ts/);
  });
});

describe('kernels that cannot be built', () => {
  it('with errors: file, line and the line itself', async () => {
    const text = await refusal({ 'wrong.ts': 'export function f(task: usize): void {\n  foo(task);\n}' });
    assert.match(text, /^ERROR TS2304: Cannot find name 'foo'\.\n/);
    assert.match(at(text, 'wrong.ts', 2), / 2 │ foo\(task\);\n {3}│ ~~~\n/);
    assert.doesNotMatch(text, /FAILURE|at async/);
  });

  it('with names that are taken', async () => {
    const kernel = (name: string): string => `export function ${name}(task: usize): void {}`;
    const one = ['cancel', 'table', 'memory', 'tallyio_work', 'same', 'fine'].map(kernel).join('\n');
    const text = await refusal({ 'one.ts': one, 'two.ts': kernel('same') });
    for (const [line, name] of ['cancel', 'table', 'memory', 'tallyio_work'].entries()) {
      assert.match(at(text, 'one.ts', line + 1), new RegExp(`engine itself exports '${name}': give this another name`));
    }
    assert.match(at(text, 'two.ts', 1), /'same' is exported by one\.ts as well/);
    assert.equal(text.split('\n\n').length, 5, text);
  });

  it('with exports that are no kernels', async () => {
    const text = await refusal({
      'exports.ts': [
        'export function two(task: usize, more: i32): void {}',
        'export function none(): void {}',
        'export function result(task: usize): f64 { return 1; }',
        'export function number(task: f64): void {}',
        'export function rest(task: usize, more: i32 = 3): void {}',
        'export let variable: i32 = 1;',
        'export function fine(task: usize): void { variable += 1; }',
      ].join('\n'),
    });
    const signatures = ['(task: usize, parameter1: i32): void', '(): void', '(task: usize): f64', '(task: f64): void'];
    for (const [line, signature] of [...signatures, '(task: usize, parameter1: i32): void'].entries()) {
      const finding = at(text, 'exports.ts', line + 1);
      assert.ok(
        finding.includes(`a kernel is (task: usize): void, but '`) && finding.includes(`is ${signature}:`),
        finding,
      );
    }
    assert.match(at(text, 'exports.ts', 6), /'variable' is a variable: .*do not export it/);
    assert.equal(text.split('\n\n').length, 6, text);
    assert.match(await refusal({ 'empty.ts': 'const x = 1;' }), /no kernel is exported: export function NAME/);
  });

  it('with what shared memory or the engine cannot have', async () => {
    const text = await refusal({
      'unfit.ts': [
        SDK.trim(),
        'class Point { x: f64 = 1; }',
        '@unmanaged class Flat { x: f64; }',
        'const table: StaticArray<f64> = [1, 2];',
        'const big = memory.data(70000);',
        "@external('env', 'print') declare function print(x: f64): void;",
        'export function object(task: usize): void { const p = new Point(); setResult(task, p.x); }',
        'export function flat(task: usize): void { setResult(task, new Flat().x); }',
        'export function text(task: usize): void { setResult(task, argument(task).toString().length); }',
        'export function array(task: usize): void { const a: i32[] = [1, argument(task) as i32]; setResult(task, a[0]); }',
        'export function map(task: usize): void { setResult(task, new Map<i32, i32>().size); }',
        'function inner(): f64 { return new Float64Array(3)[0]; }',
        'export function outer(task: usize): void { setResult(task, inner()); }',
        'export function constant(task: usize): void { table[1] = argument(task); setResult(task, table[0]); }',
        'export function unheeded(task: usize): void { unchecked(table[1] = 3); }',
        'export function grows(task: usize): void { setResult(task, memory.grow(1)); }',
        'export function host(task: usize): void { print(argument(task)); }',
        'export function chance(task: usize): void { setResult(task, Math.random()); }',
        'export function reserve(task: usize): void { setResult(task, load<f64>(big)); }',
        'export function raw(task: usize): void { setResult(task, heap.alloc(8) as f64); }',
      ].join('\n'),
    });
    for (const [line, name] of [
      ...([
        [7, 'object'],
        [8, 'flat'],
        [9, 'text'],
        [10, 'array'],
        [11, 'map'],
        [12, 'inner'],
        [20, 'raw'],
      ] as const),
    ]) {
      assert.match(at(text, 'unfit.ts', line), new RegExp(`'${name}' makes an object.*no garbage collection.*payload`));
    }
    for (const line of [14, 15]) assert.match(at(text, 'unfit.ts', line), /writes to a static array: .*use variables/);
    assert.match(at(text, 'unfit.ts', 16), /'grows' grows the memory.*setResultBytes/);
    assert.match(at(text, 'unfit.ts', 17), /needs env\.print of the host: write it in AssemblyScript/);
    assert.match(at(text, 'unfit.ts', 18), /needs env\.seed of the host: Math\.random/);
    assert.match(text, /^ERROR: constants end at byte 7\d{4}, and the first 65536 bytes/m);
    assert.equal(text.split('\n\n').length, 13, text);
    const top = await refusal({
      'top.ts': `${SDK}let list = new Array<i32>();\nexport function f(task: usize): void {}`,
    });
    assert.match(top, /the top level of top\.ts makes an object/);
  });
});

describe('the engine in this checkout', () => {
  it('has kernels whose modules list them', () => {
    for (const [path, names] of [
      [
        'dist/bench/kernels.wasm',
        [
          'busy',
          'double',
          'echo',
          'empty',
          'fib',
          'fibJoined',
          'matrix',
          'mergeSort',
          'sum',
          'walkPayload',
          'yielding',
        ],
      ],
      ['build/examples/risk/kernels.wasm', ['price', 'quote', 'revalue']],
    ] as const) {
      const manifest = readManifest(new WebAssembly.Module(readFileSync(join(projectRoot, path))));
      assert.ok(typeof manifest === 'object', path);
      assert.deepEqual(
        manifest.kernels.map(({ name }) => name),
        names,
      );
    }
  });
});
