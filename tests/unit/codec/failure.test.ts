import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { WorkStealingError } from '../../../src/base/errors.ts';
import { roundTripError } from './round-trip.ts';

function copyOf(error: unknown): Error & Record<string, unknown> {
  const copy = roundTripError(error);
  assert.ok(isError(copy));
  return copy;
}

function isError(value: unknown): value is Error & Record<string, unknown> {
  return value instanceof Error;
}

describe('failures', () => {
  for (const constructor of [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]) {
    it(`${constructor.name} comes back as one, with message and stack`, () => {
      const error = new constructor('no price');
      const copy = copyOf(error);
      assert.equal(Object.getPrototypeOf(copy), constructor.prototype);
      assert.equal(copy.message, 'no price');
      assert.equal(copy.stack, error.stack);
      assert.deepEqual(Object.keys(copy), []);
    });
  }

  it('keeps name, code and own properties of a class of the user', () => {
    class PriceError extends RangeError {
      override readonly name = 'PriceError';
      readonly code = 'E_PRICE';
      readonly detail = { levels: new Map([[1, 2n]]) };
    }
    const copy = copyOf(new PriceError('low'));
    assert.ok(copy instanceof RangeError);
    assert.equal(copy.name, 'PriceError');
    assert.equal(copy['code'], 'E_PRICE');
    assert.deepStrictEqual(copy['detail'], { levels: new Map([[1, 2n]]) });
  });

  it('keeps errors of this package recognisable by name, code and details', () => {
    const copy = copyOf(new WorkStealingError('ERR_QUEUE_FULL', 'full', { capacity: 8 }));
    assert.equal(copy.name, 'WorkStealingError');
    assert.equal(copy['code'], 'ERR_QUEUE_FULL');
    assert.equal(copy['capacity'], 8);
  });

  it('keeps causes, recursively, also in a circle', () => {
    const root = new TypeError('root');
    const error = new Error('outer', { cause: new Error('middle', { cause: root }) });
    root.cause = error;
    const copy = copyOf(error);
    assert.ok(isError(copy.cause) && isError(copy.cause.cause));
    assert.ok(copy.cause.cause instanceof TypeError);
    assert.equal(copy.cause.cause.cause, copy);
  });

  it('keeps a cause that is no error, and one that is undefined', () => {
    assert.deepStrictEqual(copyOf(new Error('x', { cause: { a: 1 } })).cause, { a: 1 });
    assert.ok(Object.hasOwn(copyOf(new Error('x', { cause: undefined })), 'cause'));
    assert.ok(!Object.hasOwn(copyOf(new Error('x')), 'cause'));
  });

  it('keeps the errors of an AggregateError', () => {
    const copy = copyOf(new AggregateError([new TypeError('a'), 'b', () => 0], 'many'));
    assert.ok(copy instanceof AggregateError);
    assert.equal(copy.errors.length, 2);
    assert.ok(copy.errors[0] instanceof TypeError);
    assert.equal(copy.errors[1], 'b');
  });

  it('drops what cannot be copied and keeps the rest', () => {
    const error = Object.assign(new Error('x'), { request: () => 0, status: 503, inner: new RangeError('y') });
    const copy = copyOf(error);
    assert.deepEqual(Object.keys(copy), ['status', 'inner']);
    assert.ok(copy['inner'] instanceof RangeError);
  });

  it('survives getters that throw', () => {
    const error = new Error('x');
    for (const key of ['stack', 'message', 'cause', 'code', 'extra', 'name']) {
      Object.defineProperty(error, key, {
        enumerable: true,
        get: () => {
          throw new Error('trap');
        },
      });
    }
    assert.ok(copyOf(error) instanceof Error);
    assert.equal(
      copyOf(Object.defineProperty(new TypeError('kept'), 'code', { get: () => assert.fail() })).message,
      'kept',
    );
  });

  it('knows a DOMException by its name', () => {
    const copy = copyOf(new DOMException('stopped', 'AbortError'));
    assert.equal(copy.name, 'AbortError');
    assert.equal(copy.message, 'stopped');
  });

  it('carries thrown values that are no errors', () => {
    for (const value of ['text', 0, null, undefined, { code: 7 }, new Map([[1, 2]])]) {
      assert.deepStrictEqual(roundTripError(value), value);
    }
  });

  it('replaces a thrown value that cannot be copied by ERR_NOT_SHAREABLE', () => {
    const copy = copyOf({ callback: () => 0 });
    assert.equal(copy['code'], 'ERR_NOT_SHAREABLE');
    assert.match(copy.message, /at result\.callback/);
  });

  it('cuts a chain of thousands of causes instead of failing', () => {
    let error = new Error('first');
    for (let level = 0; level < 5000; level++) error = new Error(`level ${String(level)}`, { cause: error });
    assert.equal(copyOf(error).message, 'level 4999');
  });

  it('survives a proxy that throws at every turn', () => {
    const fail = (): never => {
      throw new Error('trap');
    };
    assert.equal(copyOf(new Proxy(new Error('x'), { get: fail, getPrototypeOf: fail }))['code'], 'ERR_NOT_SHAREABLE');
  });
});
