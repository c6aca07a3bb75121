/**
 * One-day historical value-at-risk: the book is revalued in closed form, contract by contract, under every daily return of
 * the history, applied to today's spot at once and with all else equal. The value-at-risk at level p is the smallest loss
 * that at least p of the days do not exceed (the upper empirical quantile, no interpolation).
 *
 * A task takes a block of contracts under a block of scenarios and returns one sum per scenario. The sums are added in the
 * order of the blocks, so that the result is the same to the last bit on any number of workers.
 */
import { Priority } from '../../src/index.ts';
import { encodeBook, type Contract } from './book.ts';
import type { Market } from './data.ts';
import {
  CONTRACT_BYTES,
  REVALUE_CONTRACTS,
  REVALUE_HEADER_BYTES,
  REVALUE_SCENARIOS,
  SCENARIO_BYTES,
  SCENARIO_LOG_RETURN,
  SCENARIO_SPOT,
} from './layout.ts';
import { LOW_IN_FLIGHT, toView, type RiskEngine } from './tasks.ts';

/** 64 × 64 revaluations are about 115 µs on the machine this was written on; a task is to stay below 250 µs. */
const BLOCK = 64;

/** Tasks that `revalueBook` submits. */
export function countRevaluations(contracts: number, scenarios: number): number {
  return Math.ceil(contracts / BLOCK) * Math.ceil(scenarios / BLOCK);
}

/** Profit and loss of the book under each daily return, in the order of the days. `onTask` is called once per task. */
export async function revalueBook(
  engine: RiskEngine,
  book: readonly Contract[],
  market: Market,
  onTask: () => void,
): Promise<Float64Array> {
  const totals = new Float64Array(market.logReturns.length);
  const contractBlocks = Math.ceil(book.length / BLOCK);
  const options = { priority: Priority.Low, concurrency: LOW_IN_FLIGHT };
  let task = 0;
  for await (const result of engine.map('revalue', revaluationInputs(book, market), options)) {
    const first = Math.floor(task / contractBlocks) * BLOCK;
    const view = toView(result);
    for (let offset = 0; offset < view.byteLength; offset += Float64Array.BYTES_PER_ELEMENT) {
      const scenario = first + offset / Float64Array.BYTES_PER_ELEMENT;
      totals[scenario] = (totals[scenario] ?? NaN) + view.getFloat64(offset, true);
    }
    task++;
    onTask();
  }
  return totals;
}

/** For each block of scenarios all blocks of contracts; one array, as in pricing.ts, and shorter views of it at the ends. */
function* revaluationInputs(
  book: readonly Contract[],
  market: Market,
): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const contracts = encodeBook(book);
  const scenarios = encodeScenarios(market);
  const buffer = new Uint8Array(REVALUE_HEADER_BYTES + BLOCK * (SCENARIO_BYTES + CONTRACT_BYTES));
  const view = toView(buffer);
  for (let scenario = 0; scenario < scenarios.length; scenario += BLOCK * SCENARIO_BYTES) {
    const scenarioBlock = scenarios.subarray(scenario, scenario + BLOCK * SCENARIO_BYTES);
    for (let contract = 0; contract < contracts.length; contract += BLOCK * CONTRACT_BYTES) {
      const contractBlock = contracts.subarray(contract, contract + BLOCK * CONTRACT_BYTES);
      view.setUint16(REVALUE_CONTRACTS, contractBlock.length / CONTRACT_BYTES, true);
      view.setUint16(REVALUE_SCENARIOS, scenarioBlock.length / SCENARIO_BYTES, true);
      buffer.set(scenarioBlock, REVALUE_HEADER_BYTES);
      buffer.set(contractBlock, REVALUE_HEADER_BYTES + scenarioBlock.length);
      yield buffer.subarray(0, REVALUE_HEADER_BYTES + scenarioBlock.length + contractBlock.length);
    }
  }
}

function encodeScenarios(market: Market): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(market.logReturns.length * SCENARIO_BYTES);
  const view = toView(bytes);
  for (const [day, logReturn] of market.logReturns.entries()) {
    view.setFloat64(day * SCENARIO_BYTES + SCENARIO_LOG_RETURN, logReturn, true);
    view.setFloat64(day * SCENARIO_BYTES + SCENARIO_SPOT, market.spot * Math.exp(logReturn), true);
  }
  return bytes;
}

/** The loss, as a positive number, that at least `level` of the outcomes do not exceed. */
export function valueAtRisk(profits: Float64Array, level: number): number {
  const losses = profits.map((profit) => -profit).sort();
  // The slack keeps 0.99 · 100 = 99.00000000000001 from becoming 100.
  const index = Math.ceil(level * losses.length - 1e-9) - 1;
  return losses[Math.max(index, 0)] ?? NaN;
}
