import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createEngine } from '../support/create-engine.ts';
import { LAYOUT_MAGIC, LAYOUT_VERSION } from '../../src/abi/layout.ts';
import { MANIFEST_SECTION, withManifest } from '../../src/wasm/manifest.ts';
import { it } from '../support/rerun.ts';
import { until } from '../support/until.ts';
import { KERNELS_URL, loose, refused, taskModule, temporary, withEngine } from './bad-input.ts';

const NESTING = `
  export const traps8 = async (input, context) => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => context.run('traps', input)));
    return outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.code);
  };
`;

void describe('kernels that trap', () => {
  for (const [kind, options] of [
    ['kernels only', { kernels: KERNELS_URL, workers: 1, timing: 'all' }],
    ['tasks and kernels', { kernels: KERNELS_URL, tasks: taskModule(NESTING), workers: 2 }],
  ] as const) {
    it(`${kind}: the task fails, its worker goes on`, async () => {
      await withEngine(options, async (engine) => {
        const error = await refused(engine.run('traps', 1), 'ERR_TASK_FAILED', '"traps"', 'unreachable');
        assert.ok(error.cause instanceof Error);
        assert.equal(error.cause.name, 'RuntimeError');
        await refused(engine.run('traps', new Uint8Array(5000)), 'ERR_TASK_FAILED', 'unreachable');
        await refused(engine.run('trapsWithResult', 'input'), 'ERR_TASK_FAILED', 'unreachable');
        await refused(engine.run('overflowsStack', 1), 'ERR_TASK_FAILED', 'call stack');
        const failure = await refused(engine.run('fails', -7), 'ERR_TASK_FAILED', 'code -7');
        assert.equal(Reflect.get(failure.cause as object, 'code'), -7);
        assert.deepEqual(Reflect.get(failure, 'details'), { task: 'fails', code: -7 });
        assert.equal(Reflect.get(failure, 'code'), 'ERR_TASK_FAILED');
        const mixed = Array.from({ length: 300 }, (_, i) => engine.run(i % 3 === 0 ? 'traps' : 'square', i));
        for (const [i, outcome] of (await Promise.allSettled(mixed)).entries()) {
          if (outcome.status === 'fulfilled') assert.equal(outcome.value, i * i);
          else assert.equal(i % 3, 0);
        }
        assert.equal(engine.stats().lost, 0);
        assert.equal(engine.stats().failed, 105);
      });
    });
  }

  it('nested, where no slot is free: their input goes back to the pool', async () => {
    await withEngine({ kernels: KERNELS_URL, tasks: taskModule(NESTING), workers: 1, capacity: 1 }, async (engine) => {
      const codes: unknown = await engine.run('traps8', 'x'.repeat(1000));
      assert.deepEqual(codes, new Array(8).fill('ERR_TASK_FAILED'));
      await until(() => engine.stats().poolBytesUsed === 0, 'the pool is empty');
    });
  });
});

void describe('kernel modules that do not load', () => {
  const bytes = readFileSync(fileURLToPath(KERNELS_URL));
  const facts = { tallyio: '0.1.0', layout: LAYOUT_VERSION, checked: false, kernels: [] };
  const start = (kernels: unknown): Promise<unknown> => createEngine(loose({ kernels, workers: 2 }));

  it('there is none', async () => {
    const path = temporary('none.wasm');
    const error = await refused(start(path), 'ERR_MODULE_LOAD', pathToFileURL(path).href, 'option kernels', 'ENOENT');
    assert.ok(error.cause instanceof Error);
  });

  it('relative, of another type', async () => {
    await refused(start('./kernels.wasm'), 'ERR_INVALID_OPTION', "new URL('./kernels.wasm', import.meta.url)");
    for (const kernels of [7, null, {}, [], new ArrayBuffer(8), new URL('https://example.com/k.wasm')]) {
      await refused(start(kernels), 'ERR_INVALID_OPTION', 'expected kernels to be');
    }
  });

  it('with a kernel named as a function of the engine', async () => {
    // As the compiler makes it of a kernel called `cancel`: the name leads to another function.
    const taken = Buffer.from(bytes);
    const nameAt = (name: string): number => taken.indexOf(`\u0006${name}\0`, 0, 'latin1') + 1;
    const [ours, theirs] = [nameAt('cancel'), nameAt('square')];
    taken.write('square', ours, 'latin1');
    taken.write('cancel', theirs, 'latin1');
    await refused(start(taken), 'ERR_MODULE_LOAD', 'named as functions of the engine', 'cancel', 'rename');
  });

  it('no WebAssembly at all, cut off, empty', async () => {
    for (const broken of [new Uint8Array(0), Buffer.from('export const x = 1'), bytes.subarray(0, 2000)]) {
      const parts = [`${String(broken.length)} bytes given as kernels`, 'does not compile', 'together with the engine'];
      await refused(start(broken), 'ERR_MODULE_LOAD', ...parts);
    }
    await refused(start(taskModule('')), 'ERR_MODULE_LOAD', 'does not compile', 'tasks.mjs');
  });

  it('a good module that holds no engine', async () => {
    const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    await refused(start(empty), 'ERR_LAYOUT_VERSION', 'this version of the engine', 'lacks abandon', 'rebuild');
  });

  it('a module of another layout version', async () => {
    const other = otherVersion(bytes);
    await refused(start(other), 'ERR_LAYOUT_VERSION', 'memory layout is another one', 'rebuild kernels');
    await refused(createEngine({ tasks: taskModule(''), kernels: other }), 'ERR_LAYOUT_VERSION', 'rebuild');
  });

  it('a module that exports what no kernel can be', async () => {
    const none = withManifest(withoutManifest(), { ...facts, kernels: [] });
    await refused(start(none), 'ERR_MODULE_LOAD', 'at least one kernel', 'export');
  });

  it('without a list of its kernels, with a damaged one, with two', async () => {
    await refused(start(withoutManifest()), 'ERR_MODULE_LOAD', 'no list of its kernels', 'npx tallyio build');
    const damaged = Buffer.from(bytes);
    damaged.write('[', damaged.lastIndexOf('{"format"'));
    for (const other of [damaged, withManifest(bytes, { ...facts, kernels: [] })]) {
      await refused(start(other), 'ERR_MODULE_LOAD', 'cannot read', 'npx tallyio build');
    }
  });

  it('with a list of another layout, and one of what it does not export', async () => {
    const square = { name: 'square', input: 'number', result: 'number' } as const;
    const older = withManifest(withoutManifest(), { ...facts, tallyio: '0.0.7', layout: LAYOUT_VERSION - 1 });
    await refused(start(older), 'ERR_LAYOUT_VERSION', 'tallyio 0.0.7', `layout ${String(LAYOUT_VERSION - 1)}`, 'npx');
    const more = withManifest(withoutManifest(), { ...facts, kernels: [square, { ...square, name: 'cube' }] });
    await refused(start(more), 'ERR_MODULE_LOAD', 'lacks cube', 'npx tallyio build');
  });

  it('exports that it does not list are no tasks', async () => {
    const square = { name: 'square', input: 'number', result: 'number' } as const;
    const kernels = withManifest(withoutManifest(), { ...facts, kernels: [square] });
    await withEngine(loose({ kernels, workers: 1 }), async (engine) => {
      assert.equal(await engine.run('square', 3), 9);
      await refused(engine.run('reverse', 'abc'), 'ERR_UNKNOWN_TASK', 'reverse');
    });
  });

  /** The section is the last one: 0, its length in two bytes, the length of its name and its name. */
  function withoutManifest(): Uint8Array {
    return bytes.subarray(0, bytes.lastIndexOf(`\u000f${MANIFEST_SECTION}`) - 3);
  }
});

/** The module with the version that `attach` compares the header with raised by one: the constant behind the magic. */
function otherVersion(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const magic = [0x41, ...signedLeb(LAYOUT_MAGIC)];
  const at = copy.findIndex((_, i) => magic.every((byte, n) => copy[i + n] === byte));
  assert.ok(at > 0, 'expected the module to compare the magic');
  const version = copy.findIndex((byte, i) => i > at + magic.length && byte === 0x41 && copy[i + 1] === LAYOUT_VERSION);
  assert.ok(version > at && version < at + 64, 'expected the comparison of the version behind that of the magic');
  copy[version + 1] = LAYOUT_VERSION + 1;
  return copy;
}

function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    const last = rest >> 6 === 0;
    bytes.push((rest & 0x7f) | (last ? 0 : 0x80));
    if (last) return bytes;
  }
}
