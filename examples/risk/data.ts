/**
 * The input: daily closes of the S&P 500 from 2000 to 2020, as the npm package `vega-datasets` ships them, and what is
 * estimated from them.
 *
 * Volatility is the sample standard deviation (divisor n - 1) of the daily log returns of the close, times √252.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const TRADING_DAYS_A_YEAR = 252;
const FEWEST_PRICES = 3;

export interface Market {
  /** ISO dates of the first and the last close. */
  readonly from: string;
  readonly to: string;
  /** The last close. */
  readonly spot: number;
  /** One per day but the first. */
  readonly logReturns: Float64Array;
  readonly dailyVolatility: number;
  readonly annualVolatility: number;
}

interface Close {
  readonly date: string;
  readonly close: number;
}

/** A price file that is not what it should be; the message begins with file, line and column, both from 1. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
  readonly line: number;
  readonly column: number;

  constructor(source: string, line: number, column: number, problem: string) {
    super(`${source}:${String(line)}:${String(column)}: ${problem}`);
    this.line = line;
    this.column = column;
  }
}

/** Reads the prices from the installed `vega-datasets`; its exports map hides the file, not the folder. */
export async function loadMarket(): Promise<Market> {
  const file = fileURLToPath(new URL('../data/sp500-2000.csv', import.meta.resolve('vega-datasets')));
  return parseMarket(await readFile(file, 'utf8'), file);
}

/** `source` names the text in errors. */
export function parseMarket(text: string, source: string): Market {
  return estimate(parseCloses(text, source));
}

/** Columns `date` and `close` of a comma-separated text with a header line; other columns are not looked at. */
function parseCloses(text: string, source: string): Close[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const header = lines[0]?.split(',') ?? [];
  const [dateField, closeField] = ['date', 'close'].map((name) => {
    const index = header.indexOf(name);
    if (index < 0)
      throw new CsvError(source, 1, 1, `expected a header with a column "${name}", got "${header.join(',')}"`);
    return index;
  });
  const closes: Close[] = [];
  for (const [index, row] of lines.entries()) {
    if (index === 0) continue;
    const line = index + 1;
    const fields = row.split(',');
    if (fields.length !== header.length) {
      const problem = `expected ${String(header.length)} fields as in the header, got ${String(fields.length)}`;
      throw new CsvError(source, line, row.length + 1, problem);
    }
    const refuse = (field: number, problem: string): CsvError =>
      new CsvError(source, line, fields.slice(0, field).join(',').length + (field > 0 ? 2 : 1), problem);
    closes.push(parseClose(fields, dateField ?? 0, closeField ?? 0, closes.at(-1)?.date ?? '', refuse));
  }
  if (closes.length < FEWEST_PRICES) {
    const problem = `expected at least ${String(FEWEST_PRICES)} prices, got ${String(closes.length)}`;
    throw new CsvError(source, lines.length + 1, 1, problem);
  }
  return closes;
}

function parseClose(
  fields: readonly string[],
  dateField: number,
  closeField: number,
  previousDate: string,
  refuse: (field: number, problem: string) => CsvError,
): Close {
  const date = fields[dateField] ?? '';
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw refuse(dateField, `expected a date as 2000-01-31, got "${date}"`);
  if (date <= previousDate) throw refuse(dateField, `expected a date after ${previousDate}, got ${date}`);
  const text = fields[closeField] ?? '';
  const close = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(close > 0 && Number.isFinite(close))) throw refuse(closeField, `expected a price above 0, got "${text}"`);
  return { date, close };
}

function estimate(closes: readonly Close[]): Market {
  const first = closes[0];
  const last = closes.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('expected at least one price');
  const logReturns = new Float64Array(closes.length - 1);
  let previous = first.close;
  for (const [day, { close }] of closes.entries()) {
    if (day > 0) logReturns[day - 1] = Math.log(close / previous);
    previous = close;
  }
  const mean = logReturns.reduce((sum, x) => sum + x, 0) / logReturns.length;
  const squares = logReturns.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const dailyVolatility = Math.sqrt(squares / (logReturns.length - 1));
  const annualVolatility = dailyVolatility * Math.sqrt(TRADING_DAYS_A_YEAR);
  return { from: first.date, to: last.date, spot: last.close, logReturns, dailyVolatility, annualVolatility };
}
