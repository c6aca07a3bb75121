/**
 * Quotes: price and delta of one contract at the spot of the moment, as Critical tasks at a steady rate. The spots walk
 * through the history's daily returns; the contracts are taken in a stride that visits all of them.
 */
import { Priority } from '../../src/index.ts';
import { writeContract, type Contract } from './book.ts';
import type { Market } from './data.ts';
import { CONTRACT_BYTES } from './layout.ts';
import { pace } from './pace.ts';
import { toView, type RiskEngine } from './tasks.ts';

export const QUOTES_PER_SECOND = 1_500;
const STRIDE = 7_919;

interface QuoteCount {
  readonly sent: number;
  readonly failed: number;
}

export interface QuoteStream {
  /** From now on the stream ends as soon as the least number of quotes has been sent. */
  readonly finish: () => void;
  /** The stream ends now. */
  readonly abandon: () => void;
  /** All quotes are sent and answered. */
  readonly done: Promise<QuoteCount>;
}

/** Starts quoting at once; goes on until told to finish, and then until `least` quotes have been sent. */
export function startQuotes(engine: RiskEngine, book: readonly Contract[], market: Market, least: number): QuoteStream {
  let remaining = Infinity;
  let failed = 0;
  const answers: Promise<void>[] = [];
  const send = (index: number): void => {
    const answer = engine.run('quote', quoteInput(book, market, index), { priority: Priority.Critical });
    answers.push(
      answer.then(
        () => undefined,
        () => {
          failed++;
        },
      ),
    );
  };
  const paced = pace({ perSecond: QUOTES_PER_SECOND, isOver: (sent) => sent >= remaining, send });
  const done = paced.then(async (sent) => {
    await Promise.all(answers);
    return { sent, failed };
  });
  return {
    finish: () => {
      remaining = least;
    },
    abandon: () => {
      remaining = 0;
    },
    done,
  };
}

/** The input of quote number `index`. */
export function quoteInput(book: readonly Contract[], market: Market, index: number): Uint8Array<ArrayBuffer> {
  const contract = book[(index * STRIDE) % book.length];
  if (contract === undefined) throw new RangeError('expected a book with at least one contract');
  const spot = market.spot * Math.exp(market.logReturns[index % market.logReturns.length] ?? 0);
  const input = new Uint8Array(CONTRACT_BYTES);
  writeContract(toView(input), 0, contract, spot);
  return input;
}
