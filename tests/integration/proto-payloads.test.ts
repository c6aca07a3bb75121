import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Priority } from '../../src/index.ts';
import { withEngine } from '../support/engines.ts';
import { within } from '../support/until.ts';

/** As it comes from a parser of somebody else's text: `__proto__` is a property of its own. */
const HOSTILE: Record<string, string> = {
  alone: '{"__proto__": {"polluted": true}}',
  'among others': '{"a": 1, "__proto__": {"polluted": true}, "b": [2]}',
  'with a simple value': '{"__proto__": 7}',
  nested: '{"rows": [{"id": 1, "__proto__": {"polluted": true}}]}',
  constructor: '{"constructor": {"prototype": {"polluted": true}}, "toString": 1}',
};
/** Objects of a shape that comes often are made by other code. */
const OFTEN = 300;

function isClean(): boolean {
  return !('polluted' in {}) && !('polluted' in []) && !('polluted' in (() => undefined));
}

function assertSame(copy: unknown, original: unknown): void {
  assert.deepEqual(copy, structuredClone(original));
  assert.equal(JSON.stringify(copy), JSON.stringify(original)); // __proto__ included, which deepEqual does not compare
  assert.ok(isClean());
}

describe('a payload with a property __proto__', () => {
  for (const [name, text] of Object.entries(HOSTILE)) {
    it(`${name}: arrives as the structured clone makes it, and pollutes nothing`, async () => {
      await withEngine({}, async (engine) => {
        const original: unknown = JSON.parse(text);
        for (const copy of await within(
          engine.runMany('echo', new Array<unknown>(OFTEN).fill(original)),
          'the echoes',
        )) {
          assertSame(copy, original);
        }
        assertSame(await engine.run('echo', new Map([['__proto__', original]])), new Map([['__proto__', original]]));
        assert.equal(await engine.run('seesPollution'), false);
      });
    });
  }

  it('as a property of an error: it is the error’s own', async () => {
    await withEngine({}, async (engine) => {
      const properties = JSON.parse('{"__proto__": {"polluted": true}, "name": "Odd"}') as object;
      const error = await engine.run('failWith', properties).catch((reason: unknown) => reason);
      assert.ok(error instanceof Error && error.cause instanceof Error);
      assert.deepEqual(Object.getOwnPropertyDescriptor(error.cause, '__proto__')?.value, { polluted: true });
      assert.equal(Object.getPrototypeOf(error.cause), Error.prototype);
      assert.equal('polluted' in error.cause, false);
      assert.ok(isClean());
    });
  });

  it('as options: unknown, never followed', async () => {
    await withEngine({}, async (engine) => {
      const options = JSON.parse('{"__proto__": {"priority": 0}}') as object;
      const refused = { code: 'ERR_INVALID_OPTION', option: '__proto__' };
      await assert.rejects(engine.run('squared', 1, options), refused);
      await assert.rejects(engine.close(options), refused);
      await assert.rejects(engine.map('squared', [1], options).next(), refused);
      assert.equal(await engine.run('squared', 3), 9);
    });
  });

  it('as the name of a task: there is none', async () => {
    await withEngine({}, async (engine) => {
      for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
        await assert.rejects(engine.run(name as 'squared', 1), { code: 'ERR_UNKNOWN_TASK' });
      }
    });
  });
});

describe('options of a class', () => {
  it('count as its own, and those of Object.prototype alone do not', async () => {
    class Urgent {
      readonly #urgent = Priority.Critical;
      get priority(): Priority {
        return this.#urgent;
      }
    }
    await withEngine({}, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const order = Promise.all([engine.run('note', 1), engine.run('note', 0, new Urgent())]);
      board.open(0);
      await Promise.all([gate, order]);
      assert.deepEqual(board.logged(), [0, 1]);
    });
  });
});
