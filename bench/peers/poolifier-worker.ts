import { ThreadWorker } from 'poolifier';
import { burnUnits, byteLength, check, echo, twice } from '../handlers.ts';
import type { Order } from '../orders.ts';

// poolifier types a task as (data?: unknown): each input is what poolifier.ts in this folder sent under that name.
export default new ThreadWorker<unknown, unknown>({
  burnUnits: (units) => burnUnits(units as number),
  byteLength: (bytes) => byteLength(bytes as Uint8Array),
  check: (order) => check(order as Order),
  echo: (bytes) => echo(bytes as Uint8Array),
  twice: (x) => twice(x as number),
});
