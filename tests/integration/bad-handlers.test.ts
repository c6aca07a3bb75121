import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe } from 'node:test';
import { TallyError } from '../../src/index.ts';
import { createEngine } from '../support/create-engine.ts';
import { it } from '../support/rerun.ts';
import { until } from '../support/until.ts';
import { assertBalanced, type LooseEngine, refused, runScript, taskModule, withEngine } from './bad-input.ts';

const HANDLERS = `
  export const throws = () => { throw new RangeError('out of stock', { cause: 'supplier' }); };
  export const rejects = async () => { throw Object.assign(new Error('later'), { code: 'E_LATER', details: { a: [1] } }); };
  export const throwsThis = (value) => { throw value; };
  export const throwsFunction = () => { throw () => 1; };
  export const throwsNothing = () => { throw undefined; };
  export const rejectsNothing = () => Promise.reject();
  export const nothing = () => {};
  export const nothingLater = async () => {};
  export const never = () => new Promise(() => {});
  export const returnsFunction = () => ({ deep: [() => 1] });
  export const returnsSymbol = async () => Symbol('s');
  export const returnsPromiseInside = () => ({ price: Promise.resolve(1) });
  export async function* asyncGenerator() { yield 1; }
  export function* generator() { yield 1; }
  export const returnsShared = () => new SharedArrayBuffer(8);
  export const returnsWeak = () => new WeakMap();
  export const thenThrows = () => ({ get then() { throw new Error('no then'); } });
  export const thenThrowsWhenCalled = () => ({ then() { throw new Error('bad thenable'); } });
  export const thenTwice = () => ({ then(resolve, reject) { resolve(1); reject(new Error('again')); resolve(2); } });
  export const hostileProxy = () => new Proxy({}, { has() { throw new Error('no has'); }, get() { throw new Error('no get'); } });
  export const getterThrows = () => ({ ok: 1, get bad() { throw new Error('no bad'); } });
  export const mutates = (input) => { input.list.push(4); input.name = 'changed'; delete input.gone; return input; };
  export const recursion = (depth) => recursion(depth + 1) + 1;
  export const hugeError = (length) => { throw new Error('e'.repeat(length)); };
`;

void describe('handlers that fail', () => {
  let engine: LooseEngine;
  before(async () => {
    engine = await createEngine({ tasks: taskModule(HANDLERS), workers: 1, memory: { poolBytes: 4 << 20 } });
  });
  after(async () => {
    await engine.drain();
    assert.equal(await engine.run('echo', 'alive'), 'alive');
    await until(() => engine.stats().poolBytesUsed === 0, 'the pool is empty');
    assertBalanced(engine.stats());
    await engine.close();
  });

  it('throws: the error comes whole, as the cause', async () => {
    const error = await refused(engine.run('throws'), 'ERR_TASK_FAILED', '"throws"', 'out of stock');
    assert.ok(error.cause instanceof RangeError);
    assert.equal(error.cause.message, 'out of stock');
    assert.equal(error.cause.cause, 'supplier');
    assert.match(error.cause.stack ?? '', /tasks\.mjs/);
    assert.equal(Reflect.get(error, 'task'), 'throws');
  });

  it('rejects: with its code and own properties', async () => {
    const { cause } = await refused(engine.run('rejects'), 'ERR_TASK_FAILED', 'later');
    assert.equal(Reflect.get(cause as object, 'code'), 'E_LATER');
    assert.deepEqual(Reflect.get(cause as object, 'details'), { a: [1] });
  });

  for (const value of ['plain text', 42, null, true, { reason: 'none' }, 10n, NaN]) {
    it(`throws a value of type ${typeof value}`, async () => {
      const error = await refused(engine.run('throwsThis', value), 'ERR_TASK_FAILED', 'throwsThis');
      assert.deepEqual(error.cause, value);
    });
  }

  it('throws undefined, rejects with nothing, throws a function', async () => {
    assert.equal((await refused(engine.run('throwsNothing'), 'ERR_TASK_FAILED', 'undefined')).cause, undefined);
    assert.equal((await refused(engine.run('rejectsNothing'), 'ERR_TASK_FAILED', 'undefined')).cause, undefined);
    await refused(engine.run('throwsFunction'), 'ERR_TASK_FAILED', 'a function');
  });

  it('returns nothing: undefined', async () => {
    assert.equal(await engine.run('nothing'), undefined);
    assert.equal(await engine.run('nothingLater'), undefined);
  });

  for (const [name, kind, wayOut] of [
    ['returnsFunction', 'a function at result.deep[0]', 'plain data'],
    ['returnsSymbol', 'a symbol at result', 'plain data'],
    ['returnsPromiseInside', 'Promise at result.price', 'await it first'],
    ['asyncGenerator', 'AsyncGenerator at result', 'into an array'],
    ['generator', 'Generator at result', 'into an array'],
    ['returnsShared', 'SharedArrayBuffer at result', 'a view'],
    ['returnsWeak', 'WeakMap at result', 'plain data'],
    ['getterThrows', 'a getter that throws at result.bad', ''],
  ] as const) {
    it(`${name}: names what cannot be shared, and where`, async () => {
      await refused(engine.run(name), 'ERR_NOT_SHAREABLE', kind, wayOut);
    });
  }

  it('returns something whose then throws, or settles twice', async () => {
    await refused(engine.run('thenThrows'), 'ERR_TASK_FAILED', 'no then');
    await refused(engine.run('thenThrowsWhenCalled'), 'ERR_TASK_FAILED', 'bad thenable');
    assert.equal(await engine.run('thenTwice'), 1);
    await refused(engine.run('hostileProxy'), 'ERR_TASK_FAILED', 'no has');
  });

  it('mutates its input: the caller keeps its own', async () => {
    const input = { list: [1, 2, 3], name: 'mine', gone: true };
    const result: unknown = await engine.run('mutates', input);
    assert.deepEqual(result, { list: [1, 2, 3, 4], name: 'changed' });
    assert.deepEqual(input, { list: [1, 2, 3], name: 'mine', gone: true });
  });

  it('recurses without end, throws an error larger than the pool', async () => {
    await refused(engine.run('recursion', 0), 'ERR_TASK_FAILED', 'call stack');
    const error = await refused(engine.run('hugeError', 8 << 20), 'ERR_RESOURCE_EXHAUSTED', 'memory.poolBytes');
    assert.equal(Reflect.get(error, 'unit'), 'bytes');
  });

  it('never settles: close({ drain: false }) rejects it, once, with what waits behind it', async () => {
    const stuck = await createEngine({ tasks: taskModule(HANDLERS), workers: 1 });
    const promises = [stuck.run('never'), ...Array.from({ length: 20 }, () => stuck.run('echo', 'behind'))];
    const outcomes = Promise.allSettled(promises);
    await until(() => stuck.stats().workers[0]?.state === 'running', 'the worker has claimed the first');
    const report = await stuck.close({ drain: false });
    for (const { status } of await outcomes) assert.equal(status, 'rejected');
    await Promise.all(promises.map((promise) => refused(promise, 'ERR_CLOSED', 'close()')));
    assert.deepEqual({ ...report }, { completed: 0, failed: 0, cancelled: 21, timedOut: 0, lost: 0, forced: true });
  });
});

const FATAL = `
  export const inTimer = () => new Promise(() => setTimeout(() => { throw new Error('in a timer'); }, 1));
  export const exits = (code) => process.exit(code);
  export const later = () => new Promise((resolve) => setTimeout(resolve, 20));
  export async function dieWithNested(name, context) {
    for (let i = 0; i < 8; ++i) void context.run(name, i).catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    process.exit(5);
  }
`;

void describe('handlers that take their worker with them', () => {
  it('an uncaught exception in a timer: the task is lost, the worker is replaced', async () => {
    const engine = await createEngine({ tasks: taskModule(FATAL), workers: 1 });
    const lost = once(engine, 'workerLost') as Promise<[{ worker: number; exitCode: number; cause: unknown }]>;
    const started = once(engine, 'workerStarted');
    const error = await refused(engine.run('inTimer'), 'ERR_WORKER_LOST', '"inTimer"', 'worker 0');
    assert.equal(Reflect.get(error, 'worker'), 0);
    const [{ worker, exitCode, cause }] = await lost;
    assert.deepEqual([worker, exitCode], [0, 1]);
    assert.ok(cause instanceof Error);
    assert.equal(cause.message, 'in a timer');
    await started;
    assert.equal(await engine.run('echo', 1), 1);
    await engine.drain();
    assertBalanced(engine.stats());
    assert.equal(engine.stats().lost, 1);
    await engine.close();
  });

  it('closing at once after a worker is lost, while the next one starts', async () => {
    const engine = await createEngine({ tasks: taskModule(FATAL), workers: 1 });
    await refused(engine.run('exits', 3), 'ERR_WORKER_LOST');
    const report = await engine.close();
    assert.equal(report.lost, 1);
    const { code, stdout, stderr } = await runScript(`
      const engine = await createEngine({ tasks: new URL(${JSON.stringify(taskModule(FATAL).href)}), workers: 1 });
      await engine.run('exits', 3).catch(({ code }) => console.log(code));
      await engine.close();
      console.log('closed');`);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'ERR_WORKER_LOST\nclosed\n' }, stderr);
  });

  it('a task that outlives its worker keeps the process alive until the next one ran it', async () => {
    const { code, stdout, stderr } = await runScript(`
      const engine = await createEngine({ tasks: new URL(${JSON.stringify(taskModule(FATAL).href)}), workers: 1 });
      engine.run('exits', 3).catch(({ code }) => console.log(code));
      engine.run('echo', 'ran').then(console.log);`);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'ERR_WORKER_LOST\nran\n' }, stderr);
  });

  for (const nested of ['echo', 'later']) {
    it(`with nested tasks (${nested}) in flight: drain and close end, later nested tasks work`, async () => {
      const nesting = `${FATAL}
        export const nests = async (n, context) => (await Promise.all(
          Array.from({ length: n }, (_, i) => context.run('echo', i)))).reduce((a, b) => a + b, 0);`;
      await withEngine({ tasks: taskModule(nesting), workers: 1, capacity: 64 }, async (engine) => {
        await refused(engine.run('dieWithNested', nested), 'ERR_WORKER_LOST');
        for (let round = 0; round < 20; ++round) assert.equal(await engine.run('nests', 40), 780);
        await engine.drain();
      });
    });
  }

  it('again and again: the engine gives up with a reason, and closes', async () => {
    const engine = await createEngine({ tasks: taskModule(FATAL), workers: 1 });
    const failure = once(engine, 'error') as Promise<[unknown]>;
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => engine.run('exits', 9)));
    for (const outcome of outcomes) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof TallyError);
      assert.equal(outcome.reason.code, 'ERR_WORKER_LOST');
    }
    const [error] = await failure;
    assert.match(String(error), /5 workers in a row .*exit code 9.*gives up/);
    await refused(engine.run('echo', 1), 'ERR_WORKER_LOST', 'gives up');
    const { completed, failed, cancelled, timedOut, lost } = await engine.close();
    assert.equal(completed + failed + cancelled + timedOut + lost, 12);
  });
});
