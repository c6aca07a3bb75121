/**
 * The kernels of the risk job, compiled together with the engine into one WebAssembly module. Layout of inputs and
 * results: layout.ts.
 *
 * - `price`: Monte Carlo of one contract. Under Black & Scholes, "The pricing of options and corporate liabilities"
 *   (1973), the spot at expiry is S·exp((r - σ²/2)T + σ√T·Z), exactly and in one step; Z comes from Philox by inversion.
 *   The stream is named by seed, contract and batch, so where and when a task runs cannot change its result.
 * - `quote`: price and delta of one contract in closed form.
 * - `revalue`: profit and loss of a few contracts under a few shocked spots, each in closed form.
 *
 * `priceAt` is what `price` does without an engine around it, for the bare rival that the job measures itself against.
 */

import { fail, payload, payloadLength, setResultBytes } from '../../assembly/index';
import { bell, cumulative, quantile } from './kernels/normal';
import { draw, high, low, toUniform } from './kernels/philox';
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
  FAIL_BAD_INPUT,
  FAIL_NO_MEMORY,
  PRICE_BATCH,
  PRICE_INPUT_BYTES,
  PRICE_PATHS,
  PRICE_SEED,
  RESULT_BYTES,
  RESULT_ERROR_OR_DELTA,
  RESULT_VALUE,
  REVALUE_CONTRACTS,
  REVALUE_HEADER_BYTES,
  REVALUE_SCENARIOS,
  SCENARIO_BYTES,
  SCENARIO_LOG_RETURN,
  SCENARIO_SPOT,
} from './layout';

export function price(task: usize): void {
  const output = prepare(task, PRICE_INPUT_BYTES, RESULT_BYTES);
  if (output !== 0) priceAt(payload(task), output);
}

export function quote(task: usize): void {
  const output = prepare(task, CONTRACT_BYTES, RESULT_BYTES);
  if (output !== 0) quoteAt(payload(task), output);
}

export function revalue(task: usize): void {
  if (payloadLength(task) < REVALUE_HEADER_BYTES) {
    fail(task, FAIL_BAD_INPUT);
    return;
  }
  const input = payload(task);
  const contracts = load<u16>(input, REVALUE_CONTRACTS) as i32;
  const scenarios = load<u16>(input, REVALUE_SCENARIOS) as i32;
  const inputLength = REVALUE_HEADER_BYTES + contracts * CONTRACT_BYTES + scenarios * SCENARIO_BYTES;
  const output = prepare(task, inputLength, scenarios * sizeof<f64>());
  if (output !== 0) revalueAt(input, contracts, scenarios, output);
}

/** Checks the input's length and allocates the result; 0 after a failure, which it has reported. */
function prepare(task: usize, inputLength: i32, outputLength: i32): usize {
  if (payloadLength(task) !== inputLength) {
    fail(task, FAIL_BAD_INPUT);
    return 0;
  }
  const output = setResultBytes(task, outputLength);
  if (output === 0) fail(task, FAIL_NO_MEMORY);
  return output;
}

/** Two paths a random block: `paths` is taken as even. */
export function priceAt(input: usize, output: usize): void {
  const spot = load<f64>(input, CONTRACT_SPOT);
  const strike = load<f64>(input, CONTRACT_STRIKE);
  const years = load<f64>(input, CONTRACT_YEARS);
  const rate = load<f64>(input, CONTRACT_RATE);
  const volatility = load<f64>(input, CONTRACT_VOLATILITY);
  const sign = load<i32>(input, CONTRACT_KIND) as f64;
  const stream = load<u32>(input, CONTRACT_ID);
  const seed = load<u32>(input, PRICE_SEED);
  const batch = load<u32>(input, PRICE_BATCH);
  const blocks = load<u32>(input, PRICE_PATHS) >> 1;

  const drift = (rate - 0.5 * volatility * volatility) * years;
  const scale = volatility * Math.sqrt(years);
  let sum: f64 = 0;
  let sumOfSquares: f64 = 0;
  for (let block: u32 = 0; block < blocks; ++block) {
    draw(seed, stream, batch, block);
    const first = payoff(spot, drift + scale * quantile(toUniform(low)), strike, sign);
    const second = payoff(spot, drift + scale * quantile(toUniform(high)), strike, sign);
    sum += first + second;
    sumOfSquares += first * first + second * second;
  }
  const paths = 2.0 * (blocks as f64);
  const mean = sum / paths;
  const variance = (sumOfSquares - paths * mean * mean) / (paths - 1.0);
  const discount = Math.exp(-rate * years);
  store<f64>(output, discount * mean, RESULT_VALUE);
  store<f64>(output, discount * Math.sqrt(Math.max(variance, 0) / paths), RESULT_ERROR_OR_DELTA);
}

function payoff(spot: f64, logGrowth: f64, strike: f64, sign: f64): f64 {
  return Math.max(sign * (spot * Math.exp(logGrowth) - strike), 0);
}

function quoteAt(input: usize, output: usize): void {
  prepareContract(input);
  store<f64>(output, value(spotNow, 0), RESULT_VALUE);
  const d1 = kind * atTheMoney;
  store<f64>(output, kind * cumulative(d1, bell(d1)), RESULT_ERROR_OR_DELTA);
}

/** Sums over the contracts in their order; the host adds the sums of its tasks in their order. */
function revalueAt(input: usize, contracts: i32, scenarios: i32, output: usize): void {
  const firstScenario = input + REVALUE_HEADER_BYTES;
  const firstContract = firstScenario + scenarios * SCENARIO_BYTES;
  const end = output + scenarios * sizeof<f64>();
  memory.fill(output, 0, end - output);
  for (let i = 0; i < contracts; ++i) {
    const contract = firstContract + i * CONTRACT_BYTES;
    prepareContract(contract);
    const quantity = load<f64>(contract, CONTRACT_QUANTITY);
    const today = value(spotNow, 0);
    let scenario = firstScenario;
    for (let total = output; total < end; total += sizeof<f64>()) {
      const shocked = value(load<f64>(scenario, SCENARIO_SPOT), load<f64>(scenario, SCENARIO_LOG_RETURN));
      store<f64>(total, load<f64>(total) + quantity * (shocked - today));
      scenario += SCENARIO_BYTES;
    }
  }
}

// The contract at hand, in the terms in which Black & Scholes' formula needs no logarithm per spot.
let kind: f64 = 0;
let spotNow: f64 = 0;
let discountedStrike: f64 = 0;
let deviation: f64 = 0;
let inverseDeviation: f64 = 0;
/** d1 at today's spot. */
let atTheMoney: f64 = 0;

function prepareContract(contract: usize): void {
  const years = load<f64>(contract, CONTRACT_YEARS);
  const strike = load<f64>(contract, CONTRACT_STRIKE);
  kind = load<i32>(contract, CONTRACT_KIND) as f64;
  spotNow = load<f64>(contract, CONTRACT_SPOT);
  discountedStrike = strike * Math.exp(-load<f64>(contract, CONTRACT_RATE) * years);
  deviation = load<f64>(contract, CONTRACT_VOLATILITY) * Math.sqrt(years);
  inverseDeviation = 1.0 / deviation;
  atTheMoney = Math.log(spotNow / discountedStrike) * inverseDeviation + 0.5 * deviation;
}

/** The contract's value at `spot` = today's spot · exp(`logReturn`). S·φ(d1) = K·exp(-rT)·φ(d2) spares an exponential. */
function value(spot: f64, logReturn: f64): f64 {
  const d1 = atTheMoney + logReturn * inverseDeviation;
  const d2 = d1 - deviation;
  const bell1 = bell(d1);
  const bell2 = (bell1 * spot) / discountedStrike;
  return kind * (spot * cumulative(kind * d1, bell1) - discountedStrike * cumulative(kind * d2, bell2));
}
