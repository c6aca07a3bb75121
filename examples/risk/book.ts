/**
 * The book: European calls and puts on the index, every strike of every expiry, long or short, and their records as the
 * kernels read them.
 *
 * Strikes lie within ± 2 standard deviations of the log price at expiry, so that even the outermost contract pays on
 * more than 2 % of its paths and its sample mean is close to normal.
 */
import type { Market } from './data.ts';
import {
  CONTRACT_BYTES,
  CONTRACT_ID,
  CONTRACT_KIND,
  CONTRACT_QUANTITY,
  CONTRACT_RATE,
  CONTRACT_SPOT,
  CONTRACT_STRIKE,
  CONTRACT_VOLATILITY,
  CONTRACT_YEARS,
  KIND_CALL,
  KIND_PUT,
} from './layout.ts';

export const DEFAULT_CONTRACTS = 20_480;

/** Assumed, not estimated: continuously compounded, per year. The index is taken to pay no dividend. */
const RATE = 0.01;
const EXPIRIES = 40;
const YEARS_BETWEEN_EXPIRIES = 1 / 12;
const OUTERMOST_STRIKE = 2;
const CENTS = 100;
const LARGEST_QUANTITY = 50;

export interface Contract {
  readonly id: number;
  readonly kind: 'call' | 'put';
  readonly spot: number;
  readonly strike: number;
  readonly years: number;
  readonly rate: number;
  readonly volatility: number;
  /** Negative: sold. Never 0. */
  readonly quantity: number;
}

/** `size` contracts, spread evenly over the expiries; the same book for the same market and size. */
export function buildBook(market: Market, size = DEFAULT_CONTRACTS): readonly Contract[] {
  const strikes = Math.ceil(size / (2 * EXPIRIES));
  return Array.from({ length: size }, (_, id): Contract => {
    const expiry = Math.floor(id / 2 / strikes);
    const years = (expiry + 1) * YEARS_BETWEEN_EXPIRIES;
    const place = strikes > 1 ? (2 * (Math.floor(id / 2) % strikes)) / (strikes - 1) - 1 : 0;
    const deviation = market.annualVolatility * Math.sqrt(years);
    const logGrowth = (RATE - 0.5 * market.annualVolatility ** 2) * years + OUTERMOST_STRIKE * place * deviation;
    return {
      id,
      kind: id % 2 === 0 ? 'call' : 'put',
      spot: market.spot,
      strike: Math.round(market.spot * Math.exp(logGrowth) * CENTS) / CENTS,
      years,
      rate: RATE,
      volatility: market.annualVolatility,
      quantity: quantityOf(id),
    };
  });
}

/** Between 1 and 50, long or short, by a multiplicative hash of the contract's number (Knuth, TAOCP 6.4). */
function quantityOf(id: number): number {
  const hash = Math.imul(id + 1, 0x9e3779b1) >>> 0;
  const size = 1 + ((hash >>> 8) % LARGEST_QUANTITY);
  return hash >>> 31 === 0 ? size : -size;
}

/** Writes the contract's record at `offset`. */
export function writeContract(view: DataView, offset: number, contract: Contract, spot = contract.spot): void {
  view.setFloat64(offset + CONTRACT_SPOT, spot, true);
  view.setFloat64(offset + CONTRACT_STRIKE, contract.strike, true);
  view.setFloat64(offset + CONTRACT_YEARS, contract.years, true);
  view.setFloat64(offset + CONTRACT_RATE, contract.rate, true);
  view.setFloat64(offset + CONTRACT_VOLATILITY, contract.volatility, true);
  view.setFloat64(offset + CONTRACT_QUANTITY, contract.quantity, true);
  view.setInt32(offset + CONTRACT_KIND, contract.kind === 'call' ? KIND_CALL : KIND_PUT, true);
  view.setUint32(offset + CONTRACT_ID, contract.id, true);
}

/** The records of all contracts in their order. */
export function encodeBook(book: readonly Contract[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(book.length * CONTRACT_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, contract] of book.entries()) writeContract(view, index * CONTRACT_BYTES, contract);
  return bytes;
}
