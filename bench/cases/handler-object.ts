import type { BenchCase } from '../case.ts';
import { onEngine, openHandlers } from '../engines.ts';
import { check } from '../handlers.ts';
import { makeOrder, type Order } from '../orders.ts';
import { promiseMatch, promiseSession } from './promise-match.ts';

/** Made beforehand, so that nobody is charged for making them. */
const orders = Array.from({ length: 1_024 }, (_, index) => makeOrder(index));
const orderAt = (index: number): Order => orders[index & 1_023] ?? makeOrder(index);

export const handlerObject: BenchCase = {
  id: 'handler-object',
  suite: 'data-size',
  title: 'run() of a JavaScript handler, an order of about 200 bytes to its verdict, 1,000 in flight',
  cannotTell: 'plain trees take a fast path of the codec: Map, Date or class instances cost more',
  matches: (context) =>
    Promise.resolve([
      promiseMatch(context, {
        id: 'handler-object',
        times: 5,
        name: 'check',
        input: orderAt,
        serial: (index) => check(orderAt(index)),
        engine: (library) =>
          onEngine(openHandlers(library, { workers: context.workers }), (engine) =>
            promiseSession(context, (index) => engine.run('check', orderAt(index))),
          ),
      }),
    ]),
};
