/**
 * Before the market opens: the tasks of the day on a small part of the book, again and again, until the compilers behind
 * JavaScript and WebAssembly have seen the code and are done with it. They work on threads of their own, which take the
 * CPUs from the workers for milliseconds.
 */
import { Priority } from '../../src/index.ts';
import type { Contract } from './book.ts';
import type { Market } from './data.ts';
import { priceBook } from './pricing.ts';
import { quoteInput } from './quotes.ts';
import { LOW_IN_FLIGHT, type RiskEngine } from './tasks.ts';
import { revalueBook } from './value-at-risk.ts';

const WARM_UP_MS = 500;
/** Of each round. */
const CONTRACTS = 64;
const QUOTES = 256;

/** Nothing of it counts: the results are thrown away, the tasks are Low. */
export async function warmUp(engine: RiskEngine, book: readonly Contract[], market: Market): Promise<void> {
  const part = book.slice(0, CONTRACTS);
  const ignore = (): void => undefined;
  const end = performance.now() + WARM_UP_MS;
  let next = 0;
  while (performance.now() < end) {
    await priceBook(engine, part, ignore);
    await revalueBook(engine, part, market, ignore);
    const last = next + QUOTES;
    const lane = async (): Promise<void> => {
      while (next < last) await engine.run('quote', quoteInput(book, market, next++), { priority: Priority.Low });
    };
    await Promise.all(Array.from({ length: LOW_IN_FLIGHT }, lane));
  }
}
