import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { blackScholes } from '../../examples/risk/black-scholes.ts';
import { BareWorkers } from '../../examples/risk/bare.ts';
import { buildBook, DEFAULT_CONTRACTS } from '../../examples/risk/book.ts';
import { loadMarket } from '../../examples/risk/data.ts';
import { runJob, type JobResult } from '../../examples/risk/job.ts';
import { PRICE_PATHS, PRICE_SEED, RESULT_ERROR_OR_DELTA, RESULT_VALUE } from '../../examples/risk/layout.ts';
import { parseOptions, UsageError } from '../../examples/risk/options.ts';
import { pace } from '../../examples/risk/pace.ts';
import { pricingInputs } from '../../examples/risk/pricing.ts';
import { quoteInput } from '../../examples/risk/quotes.ts';
import { findFailure } from '../../examples/risk/report.ts';
import { KERNELS, toView, type RiskEngine, type RiskKernels } from '../../examples/risk/tasks.ts';
import { revalueBook, valueAtRisk } from '../../examples/risk/value-at-risk.ts';
import { createEngine } from '../../src/index.ts';
import { assertClose, simulate } from './risk-reference.ts';

const market = await loadMarket();
const ignore = (): void => undefined;
const progress = { phase: ignore, step: ignore, end: ignore };

describe('the kernels', () => {
  const book = buildBook(market, 400);

  it('quote what the closed form says', async () => {
    await withEngine(1, async (engine) => {
      for (let index = 0; index < 400; index++) {
        const input = quoteInput(book, market, index);
        const [value, delta] = readPair(await engine.run('quote', input));
        const spot = toView(input).getFloat64(0, true);
        const contract = book[(index * 7_919) % book.length];
        assert.ok(contract);
        const expected = blackScholes({ ...contract, spot });
        assert.ok(Math.abs(value - expected.price) < 1e-12 * spot, `quote ${String(index)}: ${String(value)}`);
        assert.ok(Math.abs(delta - expected.delta) < 1e-12, `quote ${String(index)}: ${String(delta)}`);
      }
    });
  });

  it('price by the paths that Philox and the inverse normal give', async () => {
    const [input] = pricingInputs(book);
    const contract = book[0];
    assert.ok(input && contract);
    const view = toView(input);
    const seed = view.getUint32(PRICE_SEED, true);
    const expected = simulate(contract, seed, view.getUint32(PRICE_PATHS, true));
    await withEngine(1, async (engine) => {
      const [value, standardError] = readPair(await engine.run('price', input));
      assertClose(value, expected.price, 1e-9);
      assertClose(standardError, expected.standardError, 1e-9);
    });
  });

  it('revalue every contract under every return', async () => {
    await withEngine(2, async (engine) => {
      const profits = await revalueBook(engine, book, market, ignore);
      assert.equal(profits.length, market.logReturns.length);
      for (const day of [0, 1, 2_000, 5_103]) {
        const spot = market.spot * Math.exp(market.logReturns[day] ?? NaN);
        const expected = book.reduce(
          (sum, contract) =>
            sum + contract.quantity * (blackScholes({ ...contract, spot }).price - blackScholes(contract).price),
          0,
        );
        assertClose(profits[day] ?? NaN, expected, 1e-9);
      }
    });
  });

  it('refuse input of the wrong length, and work on', async () => {
    await withEngine(1, async (engine) => {
      for (const name of ['price', 'quote', 'revalue'] as const) {
        await assert.rejects(engine.run(name, new Uint8Array(7)), { code: 'ERR_TASK_FAILED' });
      }
      readPair(await engine.run('quote', quoteInput(book, market, 0)));
    });
  });
});

describe('the job', () => {
  it('gives the same numbers, to the last bit, on 1, 2 and 3 workers', async () => {
    const book = buildBook(market, 400);
    const results: JobResult[] = [];
    for (const workers of [1, 2, 3]) {
      await withEngine(workers, async (engine) => {
        results.push(await runJob(engine, market, book, { leastQuotes: 100, progress }));
      });
    }
    const numbers = results.map((result) => [result.bookValue, result.valueAtRisk99, result.deviation]);
    assert.deepEqual(numbers[1], numbers[0]);
    assert.deepEqual(numbers[2], numbers[0]);
    for (const [index, result] of results.entries()) {
      assert.equal(result.workers, index + 1);
      assert.equal(result.failed, 0);
      assert.ok(result.quotes >= 100);
      assert.ok(result.deviation.largest < 5);
      assert.ok(Math.abs(result.deviation.rootMeanSquare - 1) < 0.15, 'the standard errors are not honest');
      assert.ok(Math.abs(result.deviation.errorRatio - 1) < 0.02, 'the sampled standard errors are off');
      assert.ok(result.valueAtRisk99 > 0);
      assert.equal(findFailure(result), undefined);
    }
    const [first] = results;
    assert.ok(first);
    assert.match(findFailure({ ...first, failed: 1 }) ?? '', /1 failed/);
    for (const largest of [5.01, NaN]) {
      assert.match(findFailure({ ...first, deviation: { ...first.deviation, largest } }) ?? '', /standard errors/);
    }
  });

  it('takes for value-at-risk the smallest loss that 99 % of the days do not exceed', () => {
    const profits = Float64Array.from({ length: 100 }, (_, index) => 50 - index);
    assert.equal(valueAtRisk(profits, 0.99), 48);
    assert.equal(valueAtRisk(profits.subarray(0, 50), 0.99), -1);
  });

  it('paces by the clock, in order, and hands on an error', async () => {
    const sent: number[] = [];
    const count = await pace({ perSecond: 1e5, isOver: (n) => n >= 500, send: (index) => sent.push(index) });
    assert.equal(count, 500);
    assert.deepEqual(
      sent,
      Array.from({ length: 500 }, (_, index) => index),
    );
    const send = (): never => {
      throw new Error('no line');
    };
    await assert.rejects(pace({ perSecond: 1, isOver: () => false, send }), /no line/);
  });

  it('has bare rivals that see every event', async () => {
    const inputs = Array.from(pricingInputs(buildBook(market, 4)), (input) => input.slice());
    const bare = await BareWorkers.start({ workers: 2, inputs, events: 50 });
    try {
      assert.ok((await bare.time(1)) > 0);
      assert.ok((await bare.time(2)) > 0);
      const waits = await bare.control(5_000, ignore);
      assert.equal(waits.length, 50);
      assert.ok(waits.every((wait) => wait > 0));
    } finally {
      await bare.close();
    }
  });
});

describe('the command line', () => {
  it('reads its options', () => {
    const defaults = { workers: undefined, contracts: DEFAULT_CONTRACTS, quotes: 10_000, json: false, help: false };
    assert.deepEqual(parseOptions([]), defaults);
    assert.deepEqual(parseOptions(['--workers', '3', '--json']), { ...defaults, workers: 3, json: true });
  });

  for (const args of [
    ['--workers', '0'],
    ['--workers', 'two'],
    ['--workers'],
    ['--contracts=-1'],
    ['--fast'],
    ['now'],
  ]) {
    it(`refuses ${args.join(' ')} in one line`, () => {
      assert.throws(
        () => parseOptions(args),
        (error: unknown) => error instanceof UsageError && !error.message.includes('\n'),
      );
    });
  }

  it('exits 2 after wrong usage', async () => {
    const { code, stdout, stderr } = await start(['--workers', '1.5']);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.equal(stderr, 'risk: --workers: expected a whole number from 1 to 1024, got "1.5"\n');
  });

  it('ends with one line of JSON', async () => {
    const { code, stdout } = await start(['--contracts', '40', '--quotes', '20', '--workers', '2', '--json']);
    assert.equal(code, 0);
    const line: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    assert.ok(typeof line === 'object' && line !== null);
    assert.deepEqual(Object.keys(line), [
      ...['contracts', 'quotes', 'bookValue', 'valueAtRisk99', 'maxDeviationStdErr', 'seconds', 'tasksPerSecond'],
      ...['workers', 'speedup', 'bareSpeedup', 'failed', 'utilization', 'critical', 'low', 'control'],
    ]);
  });
});

function readPair(result: Uint8Array): readonly [number, number] {
  const view = toView(result);
  assert.equal(view.byteLength, 16);
  return [view.getFloat64(RESULT_VALUE, true), view.getFloat64(RESULT_ERROR_OR_DELTA, true)];
}

async function withEngine(workers: number, use: (engine: RiskEngine) => Promise<void>): Promise<void> {
  const engine = await createEngine<RiskKernels>({ kernels: KERNELS, workers, timing: 'all' });
  try {
    await use(engine);
  } finally {
    await engine.close();
  }
}

async function start(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = fileURLToPath(new URL('../../examples/risk/main.js', import.meta.url));
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}
