/**
 * Monte Carlo of the whole book as Low tasks. A contract's paths are cut into batches, a task each, so that no task holds
 * a worker for long; results come back in the order of submission and are added in that order, so that every bit of a
 * price is the same on any number of workers.
 */
import { Priority } from '../../src/index.ts';
import { blackScholes } from './black-scholes.ts';
import { encodeBook, type Contract } from './book.ts';
import {
  CONTRACT_BYTES,
  PRICE_BATCH,
  PRICE_INPUT_BYTES,
  PRICE_PATHS,
  PRICE_SEED,
  RESULT_ERROR_OR_DELTA,
  RESULT_VALUE,
} from './layout.ts';
import { LOW_IN_FLIGHT, toView, type RiskEngine } from './tasks.ts';

/** About 125 µs on the machine this was written on; a task is to stay below 250 µs. Even: two paths a random block. */
const PATHS_PER_TASK = 3_072;
export const BATCHES = 5;
const PATHS = PATHS_PER_TASK * BATCHES;
const SEED = 20_200_417;

export interface Estimate {
  readonly price: number;
  /** From the paths themselves. */
  readonly standardError: number;
}

export interface Deviation {
  /** Largest |Monte Carlo - closed form| of any contract, in closed-form standard errors. */
  readonly largest: number;
  /** Root mean square of the same; 1 when the errors are honest. */
  readonly rootMeanSquare: number;
  /** Sampled over closed-form standard error, root mean square over the book; 1 when the estimate of the error is. */
  readonly errorRatio: number;
}

/**
 * The inputs of `price`, all batches of a contract one after another. It is one array, filled anew for each: whoever keeps
 * an input copies it. The engine does so when it takes one, and the collector has nothing to do while quotes wait.
 */
export function* pricingInputs(book: readonly Contract[]): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const records = encodeBook(book);
  const input = new Uint8Array(PRICE_INPUT_BYTES);
  const view = toView(input);
  view.setUint32(PRICE_SEED, SEED, true);
  view.setUint32(PRICE_PATHS, PATHS_PER_TASK, true);
  for (let start = 0; start < records.length; start += CONTRACT_BYTES) {
    input.set(records.subarray(start, start + CONTRACT_BYTES));
    for (let batch = 0; batch < BATCHES; batch++) {
      view.setUint32(PRICE_BATCH, batch, true);
      yield input;
    }
  }
}

/** Prices the contracts; `onTask` is called once per finished task. */
export async function priceBook(
  engine: RiskEngine,
  book: readonly Contract[],
  onTask: () => void,
): Promise<readonly Estimate[]> {
  const estimates: Estimate[] = [];
  const options = { priority: Priority.Low, concurrency: LOW_IN_FLIGHT };
  let batch = 0;
  let sum = 0;
  let variance = 0;
  for await (const result of engine.map('price', pricingInputs(book), options)) {
    const view = toView(result);
    sum += view.getFloat64(RESULT_VALUE, true);
    variance += view.getFloat64(RESULT_ERROR_OR_DELTA, true) ** 2;
    onTask();
    if (++batch < BATCHES) continue;
    estimates.push({ price: sum / BATCHES, standardError: Math.sqrt(variance) / BATCHES });
    batch = sum = variance = 0;
  }
  return estimates;
}

/** What the book is worth at the estimated prices. */
export function bookValue(book: readonly Contract[], estimates: readonly Estimate[]): number {
  return book.reduce((sum, { id, quantity }) => sum + quantity * (estimates[id]?.price ?? NaN), 0);
}

/** Holds the estimates against the closed form. NaN where an estimate is missing or not a number. */
export function deviation(book: readonly Contract[], estimates: readonly Estimate[]): Deviation {
  let largest = 0;
  let squares = 0;
  let errorSquares = 0;
  for (const contract of book) {
    const { price, variance } = blackScholes(contract);
    const estimate = estimates[contract.id] ?? { price: NaN, standardError: NaN };
    const standardError = Math.sqrt(variance / PATHS);
    const errors = Math.abs(estimate.price - price) / standardError;
    largest = Math.max(largest, errors);
    squares += errors * errors;
    errorSquares += (estimate.standardError / standardError) ** 2;
  }
  const rootMeanSquare = Math.sqrt(squares / book.length);
  return { largest, rootMeanSquare, errorRatio: Math.sqrt(errorSquares / book.length) };
}
