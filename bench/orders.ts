/** About 200 bytes as JSON: what a gateway hands to a risk check. */
export interface Order {
  readonly id: string;
  readonly account: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly type: 'limit' | 'market';
  readonly quantity: number;
  readonly price: number;
  readonly timeInForce: 'day' | 'ioc';
  readonly venue: string;
  readonly receivedUs: number;
}

export interface CheckedOrder {
  readonly id: string;
  readonly accepted: boolean;
  readonly notional: number;
  readonly reason: string;
}

const SYMBOLS = ['AAPL', 'MSFT', 'JPM', 'XOM', 'SPY', 'GLD', 'TLT', 'EEM'] as const;

export function makeOrder(index: number): Order {
  return {
    id: `ORD-20201231-${String(index % 1_000_000).padStart(6, '0')}`,
    account: `ACC-${String(index % 997).padStart(5, '0')}`,
    symbol: SYMBOLS[index % SYMBOLS.length] ?? 'SPY',
    side: index % 2 === 0 ? 'buy' : 'sell',
    type: 'limit',
    quantity: 100 + (index % 50) * 10,
    price: 95.25 + (index % 400) / 16,
    timeInForce: 'day',
    venue: 'XNYS',
    receivedUs: 1_609_372_800_000_000 + index,
  };
}
