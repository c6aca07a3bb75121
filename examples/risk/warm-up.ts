/**
 * Before the market opens: the tasks of the day on a small part of the book, until the compilers behind JavaScript and
 * WebAssembly have seen the code. The first tenth of a second of any program runs several times slower than the rest.
 */
import { Priority } from '../../src/index.ts';
import type { Contract } from './book.ts';
import type { Market } from './data.ts';
import { priceBook } from './pricing.ts';
import { quoteInput } from './quotes.ts';
import { LOW_IN_FLIGHT, type RiskEngine } from './tasks.ts';

/** A quarter of a second on the machine this was written on. */
const CONTRACTS = 640;
const QUOTES = 2_000;

/** Nothing of it counts: the results are thrown away, the tasks are Low. */
export async function warmUp(engine: RiskEngine, book: readonly Contract[], market: Market): Promise<void> {
  await priceBook(engine, book.slice(0, CONTRACTS), () => undefined);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < QUOTES) await engine.run('quote', quoteInput(book, market, next++), { priority: Priority.Low });
  };
  await Promise.all(Array.from({ length: LOW_IN_FLIGHT }, lane));
}
