import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blackScholes, normalCdf } from '../../examples/risk/black-scholes.ts';
import { buildBook, DEFAULT_CONTRACTS, type Contract } from '../../examples/risk/book.ts';
import { CsvError, loadMarket, parseMarket } from '../../examples/risk/data.ts';
import { assertClose } from './risk-reference.ts';

const market = await loadMarket();

describe('the prices', () => {
  it('are those of vega-datasets, and give the volatility of a calculation in 40 digits', () => {
    assert.equal(market.logReturns.length, 5_104);
    assert.equal(market.from, '2000-01-03');
    assert.equal(market.to, '2020-04-17');
    assert.equal(market.spot, 2874.560059);
    assertClose(market.annualVolatility, 0.1992226052638078, 1e-13);
  });

  it('are read whatever the order of the columns, the line ends and the last line', () => {
    const text = '\uFEFFclose,x,date\r\n100,,2020-01-01\r\n110,,2020-01-02\r\n99,,2020-01-03\r\n';
    const { logReturns, spot } = parseMarket(text, 'test.csv');
    assert.deepEqual([...logReturns], [Math.log(1.1), Math.log(0.9)]);
    assert.equal(spot, 99);
  });

  const good = 'date,close\n2020-01-01,100\n2020-01-02,110\n';
  const bad: readonly (readonly [string, string, number, number, RegExp])[] = [
    ['nothing', '', 1, 1, /a column "date", got ""/],
    ['no close', 'date,open\n', 1, 1, /a column "close", got "date,open"/],
    ['a missing field', `${good}2020-01-03\n`, 4, 11, /expected 2 fields as in the header, got 1/],
    ['an empty line', `date,close\n\n2020-01-01,100\n`, 2, 1, /expected 2 fields/],
    ['a word for a price', `${good}2020-01-03,n/a\n`, 4, 12, /a price above 0, got "n\/a"/],
    ['a price of 0', `${good}2020-01-03,0\n`, 4, 12, /a price above 0, got "0"/],
    ['an empty price', `${good}2020-01-03,\n`, 4, 12, /a price above 0, got ""/],
    ['a date in another form', `${good}3/1/2020,100\n`, 4, 1, /a date as 2000-01-31, got "3\/1\/2020"/],
    ['a date twice', `${good}2020-01-02,100\n`, 4, 1, /a date after 2020-01-02, got 2020-01-02/],
    ['too few prices', good, 4, 1, /at least 3 prices, got 2/],
  ];
  for (const [what, text, line, column, message] of bad) {
    it(`refuse ${what} by line and column`, () => {
      assert.throws(
        () => parseMarket(text, 'test.csv'),
        (error: unknown) => {
          assert.ok(error instanceof CsvError);
          assert.deepEqual([error.line, error.column], [line, column]);
          assert.ok(error.message.startsWith(`test.csv:${String(line)}:${String(column)}: `), error.message);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});

describe('the closed form', () => {
  it('agrees with the normal distribution in 40 digits', () => {
    const expected: readonly (readonly [number, number])[] = [
      [-8, 6.220960574271784e-16],
      [-5.5, 1.8989562465887718e-8],
      [-3, 0.0013498980316300946],
      [-1, 0.15865525393145705],
      [-0.25, 0.4012936743170763],
      [0, 0.5],
      [0.5, 0.6914624612740131],
      [1.96, 0.9750021048517795],
      [4, 0.9999683287581669],
      [7.5, 0.9999999999999681],
    ];
    for (const [x, probability] of expected) assertClose(normalCdf(x), probability, 1e-14);
  });

  // Price, delta and variance by quadrature in 40 digits; the first two are the example of Hull's textbook.
  const references: readonly (readonly [Omit<Contract, 'id' | 'quantity'>, number, number, number])[] = [
    [
      { kind: 'call', spot: 42, strike: 40, years: 0.5, rate: 0.1, volatility: 0.2 },
      4.759422392871533,
      0.779131290942669,
      24.638578448175746,
    ],
    [
      { kind: 'put', spot: 42, strike: 40, years: 0.5, rate: 0.1, volatility: 0.2 },
      0.8085993729000935,
      -0.22086870905733105,
      3.2996534345363346,
    ],
    [
      { kind: 'call', spot: 2874.56, strike: 1500, years: 3, rate: 0.01, volatility: 0.2 },
      1425.4325488886375,
      0.9837193088674484,
      1032975.5528493125,
    ],
    [
      { kind: 'put', spot: 2874.56, strike: 1500, years: 3, rate: 0.01, volatility: 0.2 },
      6.540849211399621,
      -0.016280691132551574,
      1895.9899087558847,
    ],
    [
      { kind: 'call', spot: 100, strike: 160, years: 0.25, rate: 0.05, volatility: 0.3 },
      0.006017210027613601,
      0.0014648271996581116,
      0.07949489091840725,
    ],
  ];
  for (const [terms, price, delta, variance] of references) {
    it(`prices a ${terms.kind} at ${String(terms.strike)} on ${String(terms.spot)}`, () => {
      const got = blackScholes({ ...terms, id: 0, quantity: 1 });
      assertClose(got.price, price, 1e-11);
      assertClose(got.delta, delta, 1e-11);
      assertClose(got.variance, variance, 1e-11);
    });
  }
});

describe('the book', () => {
  it('is as large as asked, of different contracts with a quantity, and pays often enough', () => {
    const book = buildBook(market);
    assert.equal(book.length, DEFAULT_CONTRACTS);
    assert.equal(new Set(book.map(({ kind, strike, years }) => [kind, strike, years].join())).size, book.length);
    for (const contract of book) {
      assert.ok(Number.isInteger(contract.quantity) && contract.quantity !== 0);
      const deviations = Math.log(contract.strike / contract.spot) / (contract.volatility * Math.sqrt(contract.years));
      assert.ok(Math.abs(deviations) < 2.5);
    }
    assert.ok(book.some(({ quantity }) => quantity > 0) && book.some(({ quantity }) => quantity < 0));
  });

  it('may be as small as one contract', () => {
    assert.equal(buildBook(market, 1).length, 1);
  });
});
