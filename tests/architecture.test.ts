import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as rules from './architecture/house-rules.ts';
import { ENGINE_ROOM, HOST, type LayeredTree, findBackEdges, findCycles } from './architecture/layers.ts';
import { type Sources, importsOf } from './architecture/source-text.ts';
import { projectFiles, readProjectFile } from './support/project.ts';

function read(folders: readonly string[], endings: readonly string[] = ['.ts']): Sources {
  return new Map(projectFiles(folders, endings).map((path) => [path, readProjectFile(path)]));
}

const host = read(['src']);
const engineRoom = read(['assembly']);
const everything = read(
  ['src', 'assembly', 'tests', 'bench', 'examples', 'scripts'],
  ['.ts', '.mts', '.cts', '.mjs', '.cjs', '.js'],
);

describe('layers', () => {
  for (const [tree, sources] of [
    [HOST, host],
    [ENGINE_ROOM, engineRoom],
  ] as const) {
    it(`imports within ${tree.root} go down only`, () => {
      assert.ok(sources.size > 0);
      assert.deepEqual(findBackEdges(tree, sources), []);
    });

    it(`no imports within ${tree.root} go in circles`, () => {
      assert.deepEqual(findCycles(sources), []);
    });
  }
});

describe('house rules', () => {
  it('no file is longer than 400 lines', () => {
    assert.deepEqual(rules.findLongFiles(everything), []);
  });

  it('a file is named after what is in it', () => {
    assert.deepEqual(rules.findEmptyNames(everything), []);
  });

  it('no barrels below src/index.ts', () => {
    assert.deepEqual(rules.findBarrels(host), []);
  });

  it('atomics and plain accesses go through assembly/sync', () => {
    assert.deepEqual(rules.findStrayAtomics(engineRoom), []);
    assert.deepEqual(rules.findStrayAccesses(engineRoom), []);
  });

  it('no top-level decorators', () => {
    assert.deepEqual(rules.findDecorators(engineRoom), []);
  });

  it('instances of the engine are touched in src/wasm only', () => {
    assert.deepEqual(rules.findStrayInstances(host), []);
  });
});

describe('the checkers see what they are for', () => {
  const tree: LayeredTree = { root: 'src', layers: ['low', 'high', 'index'], foundations: ['shared/abi/'] };
  const sources = (files: Record<string, string>): Sources => new Map(Object.entries(files));

  it('every kind of import', () => {
    const text = `
      import a from './a.ts';
      import type { B } from './b.ts';
      import './c.ts';
      export { d } from './d.ts';
      export * from './e.ts';
      const f = await import('./f.ts');
      // import g from './g.ts';`;
    assert.deepEqual(
      importsOf(text),
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `./${name}.ts`),
    );
  });

  it('back edges, strangers and files without a layer', () => {
    assert.deepEqual(
      findBackEdges(
        tree,
        sources({
          'src/low/a.ts': "import '../high/b.ts'; import './c'; import '../../shared/abi/d'; import 'node:fs';",
          'src/high/b.ts': "import '../low/a.ts'; import '../../assembly/e';",
          'src/index.ts': "import './high/b.ts';",
          'src/odd/f.ts': '',
        }),
      ),
      [
        'src/low/a.ts imports src/high/b.ts, of a higher layer',
        'src/high/b.ts imports assembly/e.ts, outside of src/',
        'src/odd/f.ts is in no layer',
      ],
    );
  });

  it('cycles of two, of three and of one', () => {
    assert.deepEqual(findCycles(sources({ 'src/a.ts': "import './b.ts';", 'src/b.ts': '' })), []);
    assert.deepEqual(findCycles(sources({ 'src/a.ts': "import './b.ts';", 'src/b.ts': "import './a.ts';" })), [
      'src/a.ts → src/b.ts → src/a.ts',
    ]);
    assert.deepEqual(
      findCycles(
        sources({
          'src/z.ts': "import './a';",
          'src/a.ts': "import './b';",
          'src/b.ts': "import './c';",
          'src/c.ts': "import './a'; import './c';",
        }),
      ),
      ['src/a.ts → src/b.ts → src/c.ts → src/a.ts', 'src/c.ts → src/c.ts'],
    );
  });

  it('what breaks a house rule, and not what speaks of it', () => {
    const bad = sources({
      'src/client/utils.ts': 'line\n'.repeat(401),
      'src/client/index.ts': "import { instantiateSync } from '@assemblyscript/loader';",
      'assembly/queue/a.ts': 'atomic.load<i32>(0);',
      'assembly/queue/b.ts': '@inline\nexport function f(): void {}',
    });
    assert.deepEqual(rules.findLongFiles(bad), ['src/client/utils.ts']);
    assert.deepEqual(rules.findEmptyNames(bad), ['src/client/utils.ts']);
    assert.deepEqual(rules.findBarrels(bad), ['src/client/index.ts']);
    assert.deepEqual(rules.findStrayInstances(bad), ['src/client/index.ts']);
    assert.deepEqual(rules.findStrayAtomics(bad), ['assembly/queue/a.ts']);
    assert.deepEqual(rules.findStrayAccesses(bad), ['assembly/queue/a.ts']);
    assert.deepEqual(rules.findDecorators(bad), ['assembly/queue/b.ts']);
    const good = sources({
      'src/index.ts': 'line\n'.repeat(400),
      'src/wasm/a.ts': 'new WebAssembly.Instance(module);',
      'src/client/b.ts': 'x instanceof WebAssembly.Module; // not WebAssembly.Instance',
      'assembly/sync/atomics.ts': 'atomic.load<i32>(0); load<i32>(0);',
      'assembly/queue/c.ts': '/** @inline, as in atomic.load<i32> */\n@unmanaged class D {}\nstoreOwned32(0, 1);',
      'assembly/__tests__/e.spec.ts': 'store<i32>(0, 1);',
    });
    for (const check of Object.values(rules)) assert.deepEqual(check(good), []);
  });
});
