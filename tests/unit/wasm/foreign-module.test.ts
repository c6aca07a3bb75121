import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TallyError } from '../../../src/index.ts';
import { BinaryReader, lebOf, sectionsOf } from '../../../src/wasm/binary-reader.ts';
import { declaredMemory } from '../../../src/wasm/foreign-memory.ts';
import { exportedSignatures } from '../../../src/wasm/foreign-signatures.ts';
import { compileEngine } from '../../../src/wasm/module.ts';
import {
  ALLOC,
  F64,
  type FunctionParts,
  I32,
  I64,
  type ModuleParts,
  moduleOf,
  TASK,
} from '../../support/foreign/module-bytes.ts';

const PAGE = 65_536;
const GROW = { ...TASK, name: 'grow', body: [0x20, 1, 0x40, 0] };

async function refusal(parts: ModuleParts, ...words: string[]): Promise<void> {
  const error: unknown = await compileEngine(moduleOf(parts), 16 * PAGE).then(
    () => assert.fail('expected it to be refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TallyError, String(error));
  assert.equal(error.code, 'ERR_MODULE_LOAD', error.message);
  for (const word of words) assert.ok(error.message.includes(word), `${JSON.stringify(word)} in: ${error.message}`);
}

describe('a foreign module', () => {
  it('is told by its own memory, and has the names of its tasks', async () => {
    const initialize: FunctionParts = { name: '_initialize', parameters: [], results: [], body: [] };
    const functions = [ALLOC, { ...TASK, name: 'second' }, initialize, { ...TASK, name: 'first' }];
    const { kernels, foreign, module } = await compileEngine(moduleOf({ functions }), 16 * PAGE);
    assert.deepEqual(kernels, ['first', 'second']);
    assert.ok(foreign !== undefined);
    assert.notEqual(foreign, module);
    assert.ok(WebAssembly.Module.exports(module).some(({ name }) => name === 'submit'));
    const own = await compileEngine(undefined);
    assert.deepEqual([own.kernels, own.foreign], [[], undefined]);
  });

  it('without a memory of its own is none', async () => {
    for (const parts of [{ memories: [] }, { memory: '' }, { memories: [], importsMemory: true }]) {
      const refused = compileEngine(moduleOf({ functions: [ALLOC, TASK], ...parts }));
      await assert.rejects(refused, { code: 'ERR_LAYOUT_VERSION' });
    }
  });

  it('grows no further than it may', async () => {
    for (const [memory, limit, most] of [
      [[0, 1], 4, 4],
      [[1, 2, 300], 4, 4],
      [[1, 2, 3], 4, 3],
      [[1, 4, 4], 4, 4],
      [[0, 1], 200, 200],
    ] as const) {
      const bytes = moduleOf({ memories: [memory], functions: [ALLOC, TASK, GROW] });
      const { foreign } = await compileEngine(bytes, limit * PAGE + 1);
      assert.ok(foreign !== undefined);
      const { exports } = new WebAssembly.Instance(foreign, {});
      const grow = exports['grow'] as (pointer: number, pages: number) => number;
      const before = memory[1];
      assert.equal(grow(0, most - before), before);
      assert.equal(grow(0, 1), -1);
      assert.equal((exports['task'] as typeof grow)(0, 7), 7);
    }
  });

  it('is refused for its memory', async () => {
    const functions = [ALLOC, TASK];
    await refusal({ functions, memories: [[0, 17]] }, 'memory.foreignBytes, 1048576', 'begins with 1114112', 'raise');
    await refusal({ functions, memories: [[3, 1, 2]] }, 'one memory that is not shared');
    await refusal({ functions, memory: 'heap' }, 'exported as memory', 'got "heap"');
  });

  it('is refused for what it imports', async () => {
    const imports = ['fd_write', 'fd_read', 'exit', 'clock'].map((name) => ({ name, parameters: [I32], results: [] }));
    await refusal({ functions: [ALLOC, TASK], imports }, 'imports nothing', 'env.fd_write', 'and 1 more', 'WASI');
  });

  it('is refused without alloc or without tasks', async () => {
    await refusal({ functions: [TASK] }, 'to export alloc', 'got task');
    await refusal({}, 'to export alloc', 'got no function');
    await refusal({ functions: [ALLOC] }, 'at least one task', 'got alloc alone');
  });

  it('is refused for signatures', async () => {
    for (const [parameters, results, told] of [
      [[I32], [I32], '(i32) → i32'],
      [[I32, I32], [], '(i32, i32) → ()'],
      [[I32, I32], [I64], '(i32, i32) → i64'],
      [[I32, I64], [I32], '(i32, i64) → i32'],
      [[F64], [F64], '(f64) → f64'],
      [[I32, I32, I32], [I32], '(i32, i32, i32) → i32'],
      [[I32, I32], [I32, I32], '(i32, i32) → (i32, i32)'],
      [[0x6f, 0x70, 0x7b, 0x7d], [], '(externref, funcref, v128, f32) → ()'],
      [[0x64, 0x70], [I32], '(reference) → i32'],
    ] as const) {
      const wrong = { name: 'wrong', parameters, results };
      // A typed reference is two bytes and one parameter.
      const typed = parameters[0] === 0x64;
      const bytes = moduleOf({ functions: [ALLOC, TASK, wrong] });
      if (typed) bytes[bytes.indexOf(0x64) - 1] = 1;
      if (typed && !WebAssembly.validate(bytes)) continue; // Node 20 knows none
      await assert.rejects(compileEngine(bytes), (error: unknown) => {
        assert.ok(error instanceof TallyError);
        assert.equal(error.code, 'ERR_MODULE_LOAD');
        assert.ok(error.message.includes(`"wrong"`) && error.message.includes(`got ${told}`), error.message);
        return true;
      });
    }
    const alloc = { ...ALLOC, parameters: [I32, I32] };
    await refusal({ functions: [alloc, TASK] }, '"alloc"', 'to be (i32) → i32', 'got (i32, i32) → i32');
    const initialize = { ...TASK, name: '_initialize' };
    await refusal({ functions: [ALLOC, TASK, initialize] }, '"_initialize"', 'to be () → ()');
  });
});

describe('reading a module', () => {
  it('finds what its parts say, of any module', () => {
    const valueTypes = fc.array(fc.constantFrom(I32, I64, F64), { maxLength: 4 });
    const functions = fc.uniqueArray(
      fc.record({ name: fc.string({ minLength: 1 }), parameters: valueTypes, results: valueTypes }),
      { selector: ({ name }) => name, maxLength: 200 },
    );
    const memories = fc.oneof(
      fc.nat(65_536).map((least) => [[0, least]]),
      fc.tuple(fc.nat(1000), fc.nat(64_536)).map(([least, more]) => [[1, least, least + more]]),
    );
    const letters = new Map([I32, I64, F64].map((type, n) => [type, ['i32', 'i64', 'f64'][n] ?? '']));
    const told = (types: readonly number[]): string => types.map((type) => letters.get(type)).join(', ');
    fc.assert(
      fc.property(functions, memories, (parts, [memory = []]) => {
        const bytes = moduleOf({ functions: parts, memories: [memory], memory: '' });
        const sections = sectionsOf(bytes);
        assert.equal(sections.at(-1)?.end, bytes.length);
        assert.deepEqual(
          exportedSignatures(bytes, sections),
          parts.map(
            ({ parameters, results }) =>
              `(${told(parameters)}) → ${results.length === 1 ? told(results) : `(${told(results)})`}`,
          ),
        );
        const [, least = 0, most = Infinity] = memory;
        const expected = { minimumBytes: least * PAGE, maximumBytes: most * PAGE };
        assert.deepEqual(declaredMemory(bytes, sections), expected);
      }),
    );
  });

  it('reads the numbers that it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        const bytes = Uint8Array.from([9, ...lebOf(value), 9]);
        const reader = new BinaryReader(bytes, 1);
        assert.equal(reader.integer(), value);
        assert.equal(reader.at, bytes.length - 1);
      }),
    );
  });
});
