import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { WorkStealingError } from '../../../src/base/errors.ts';
import { Encoder } from '../../../src/codec/encode.ts';
import { refusalOf, roundTrip } from './round-trip.ts';

function* numbers(): Generator<number> {
  yield 1;
}

async function* ticks(): AsyncGenerator<number> {
  yield await Promise.resolve(1);
}

const refused: readonly (readonly [name: string, make: () => unknown, kind: RegExp])[] = [
  ['a function', () => () => 0, /a function/],
  ['a class', () => class Order extends Date {}, /a function \(Order\)/],
  ['a symbol', () => Symbol('s'), /a symbol/],
  ['a boxed symbol', () => Object(Symbol('s')) as unknown, /Symbol/],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(8), /SharedArrayBuffer.*allocate\(\)/],
  ['a promise', () => Promise.resolve(1), /Promise.*await it/],
  ['a generator', () => numbers(), /Generator.*collect/],
  ['an async generator', () => ticks(), /AsyncGenerator.*collect/],
  ['a WeakMap', () => new WeakMap(), /WeakMap/],
  ['a WeakSet', () => new WeakSet(), /WeakSet/],
  ['a WeakRef', () => new WeakRef({}), /WeakRef/],
  ['a proxy', () => new Proxy({ a: 1 }, {}), /Proxy/],
  ['a proxied array', () => new Proxy([1], {}), /Proxy/],
  ['an arguments object', () => argumentsOf(), /Arguments/],
  ['a MessagePort', () => closedPort(), /MessagePort|EventTarget/],
  ['a WebAssembly.Memory', () => new WebAssembly.Memory({ initial: 1 }), /WebAssembly\.Memory/],
  ['a URL', () => new URL('https://localhost/'), /URL.*href/],
  ['a subclass of a URL', () => new (class Link extends URL {})('https://localhost/'), /URL/],
  ['URLSearchParams', () => new URLSearchParams('a=1'), /URLSearchParams.*entries/],
  ['Headers', () => new Headers({ a: 'b' }), /Headers.*entries/],
  ['FormData', () => new FormData(), /FormData.*entries/],
  ['a Request', () => new Request('https://localhost/'), /Request.*arrayBuffer\(\)/],
  ['a Response', () => new Response('text'), /Response.*arrayBuffer\(\)/],
  ['a Blob', () => new Blob(['text']), /Blob.*arrayBuffer\(\)/],
  ['an AbortSignal', () => AbortSignal.abort(), /AbortSignal.*option signal/],
  ['an AbortController', () => new AbortController(), /AbortController.*option signal/],
  ['an Event', () => new Event('open'), /Event/],
  ['an EventTarget', () => new EventTarget(), /EventTarget/],
  ['a ReadableStream', () => new ReadableStream(), /ReadableStream/],
  ['a reader of a stream', () => new ReadableStream().getReader(), /ReadableStreamDefaultReader/],
  ['a TransformStream', () => new TransformStream(), /TransformStream/],
  ['a TextDecoder', () => new TextDecoder(), /TextDecoder/],
  ['the crypto object', () => crypto.subtle, /SubtleCrypto/],
  ['a FinalizationRegistry', () => new FinalizationRegistry(() => undefined), /FinalizationRegistry/],
  ['shared WebAssembly.Memory', () => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }), /WebAssembly/],
];

function argumentsOf(): unknown {
  return arguments; // eslint-disable-line prefer-rest-params -- the arguments object itself is the case
}

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.close();
  return port1;
}

describe('values that cannot be copied', () => {
  for (const [name, make, kind] of refused) {
    it(`refuses ${name}, naming it and where it is`, () => {
      assert.match(refusalOf(make()).message, kind);
      assert.match(refusalOf(make()).message, / at input: /);
      const nested = refusalOf({ orders: [0, 1, 2, { 'call back': make() }] });
      assert.match(nested.message, kind);
      assert.match(nested.message, / at input\.orders\[3\]\["call back"\]: /);
      assert.match(refusalOf(new Map([['k', new Set([make()])]])).message, / at input\.get\("k"\)\.values\(\): /);
    });
  }

  it('names the role of the payload, and keeps the cause', () => {
    const encoder = new Encoder();
    assert.throws(
      () => {
        encoder.prepare({ callback: () => 0 }, 'result');
      },
      (error: unknown) => {
        assert.ok(error instanceof WorkStealingError);
        assert.match(error.message, /expected result data .* at result\.callback: /);
        assert.equal(Reflect.get(error, 'path'), 'result.callback');
        assert.match(String(error.cause), /could not be cloned/);
        return true;
      },
    );
  });

  it('refuses a WebAssembly.Module, a nested one when it is read', () => {
    const module = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    assert.match(refusalOf(module).message, /got WebAssembly\.Module at input/);
    for (const value of [{ module }, [module, module], new Map([[module, module]]), { a: module, b: { c: module } }]) {
      assert.throws(() => roundTrip(value), { code: 'ERR_NOT_SHAREABLE' });
    }
  });

  it('takes empty instances of own classes, global ones too, and of subclasses of what can be copied', () => {
    class Tick {
      readonly #at = 1;
      get at(): number {
        return this.#at;
      }
    }
    class Table extends Map<string, number> {}
    class Row extends Array<number> {}
    class Failure extends TypeError {}
    Object.assign(globalThis, { Tick });
    try {
      const copy = roundTrip([new Tick(), { tick: new Tick() }, new Table([['a', 1]]), new Row(), new Failure('no')]);
      assert.deepStrictEqual(copy, [{}, { tick: {} }, new Map([['a', 1]]), [], new TypeError('no')]);
      assert.deepStrictEqual(roundTrip(new Tick()), {});
    } finally {
      Reflect.deleteProperty(globalThis, 'Tick');
    }
  });

  it('looks through whatever can hold an object of the runtime', () => {
    const url = new URL('https://localhost/');
    const holders: readonly (readonly [value: unknown, path: RegExp])[] = [
      [{ page: Object.assign(Object.create(null), { url }) as unknown }, /input\.page\.url:/],
      [new Map([[url, 1]]), /input\.keys\(\):/],
      [new Error('no', { cause: { url } }), /input\.cause\.url:/],
      [[new Uint8Array(1000), new Date(0), { at: { url } }], /input\[2\]\.at\.url:/],
    ];
    for (const [value, path] of holders) assert.match(refusalOf(value).message, path);
  });

  it('finds the culprit through a cycle', () => {
    const a: Record<string, unknown> = {};
    a['b'] = { back: a };
    a['f'] = () => 0;
    assert.match(refusalOf(a).message, /a function \(a\.f\)|a function.* at input\.f/);
  });

  it('refuses a getter that throws, with what it threw as the cause', () => {
    const cause = new Error('boom');
    const trap = {
      get price(): number {
        throw cause;
      },
    };
    for (const value of [{ order: trap }, new Map([[1, trap]])]) {
      const error = refusalOf(value);
      assert.equal(error.cause, cause);
      assert.match(error.message, /a getter that throws at input.*price/);
    }
  });

  it('refuses an own toJSON, which is a function like any other', () => {
    assert.match(refusalOf({ a: 1, toJSON: () => 0 }).message, /at input\.toJSON/);
  });

  it('refuses what is nested too deeply', () => {
    let value: unknown = 1;
    for (let level = 0; level < 200_000; level++) value = { value };
    assert.match(refusalOf(value).message, /nested too deeply/);
  });

  it('survives a proxy that throws at every turn', () => {
    const fail = (): never => {
      throw new Error('trap');
    };
    refusalOf(
      new Proxy({}, { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail, getOwnPropertyDescriptor: fail }),
    );
  });

  it('encodes as before after a refusal', () => {
    refusalOf({ a: { b: () => 0 } });
    assert.deepStrictEqual(roundTrip({ a: [1] }), { a: [1] });
  });
});
