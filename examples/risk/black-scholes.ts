/**
 * Black & Scholes (1973) in closed form: what the Monte Carlo prices are held against. Written apart from the kernels and
 * with another normal distribution function (Cody, "Rational Chebyshev approximations for the error function", Math.
 * Comp. 23, 1969, in the arrangement of R's `pnorm`), so that an error in one of them shows.
 */
import type { Contract } from './book.ts';

export interface ClosedForm {
  readonly price: number;
  readonly delta: number;
  /** Of the discounted payoff of one path; a Monte Carlo price of n paths has the standard error √(variance / n). */
  readonly variance: number;
}

export function blackScholes(contract: Contract): ClosedForm {
  const { spot, strike, years, rate, volatility } = contract;
  const sign = contract.kind === 'call' ? 1 : -1;
  const deviation = volatility * Math.sqrt(years);
  const discount = Math.exp(-rate * years);
  const d1 = (Math.log(spot / strike) + rate * years) / deviation + 0.5 * deviation;
  const d2 = d1 - deviation;
  const paysShare = normalCdf(sign * d1);
  const paysCash = normalCdf(sign * d2);
  const price = sign * (spot * paysShare - strike * discount * paysCash);
  // E[payoff²] = E[S²; pays] - 2K·E[S; pays] + K²·P(pays), discounted twice.
  const squareOfShare = spot * spot * Math.exp(deviation * deviation) * normalCdf(sign * (d1 + deviation));
  const cash = strike * discount;
  const secondMoment = squareOfShare - 2 * cash * spot * paysShare + cash * cash * paysCash;
  return { price, delta: sign * paysShare, variance: Math.max(secondMoment - price * price, 0) };
}

const CENTRAL = 0.67448975;
const SHOULDER = 5.656854249492381;
const INVERSE_SQRT_2_PI = 0.3989422804014327;

const CENTRAL_P = [0.06568233791820745, 2.2352520354606837, 161.02823106855587, 1067.6894854603709, 18154.98125334356];
const CENTRAL_Q = [1, 47.202581904688245, 976.0985517377767, 10260.932208618979, 45507.78933502673];
const SHOULDER_P = [
  1.0765576773720192e-8, 0.39894151208813466, 8.883149794388377, 93.50665613217785, 597.2702763948002,
  2494.5375852903726, 6848.190450536283, 11602.65143764735, 9842.714838383978,
];
const SHOULDER_Q = [
  1, 22.266688044328117, 235.387901782625, 1519.3775994075547, 6485.558298266761, 18615.571640885097, 34900.95272114598,
  38912.00328609327, 19685.429676859992,
];
const TAIL_P = [
  0.023073441764940174, 0.215898534057957, 0.12740116116024736, 0.022235277870649807, 0.0014216191932278934,
  0.000029112874951168793,
];
const TAIL_Q = [
  1, 1.284260096144911, 0.4682382124808651, 0.06598813786892856, 0.0037823963320275824, 0.00007297515550839662,
];

/** P(Z ≤ x) for a standard normal Z. */
export function normalCdf(x: number): number {
  const z = Math.abs(x);
  if (z <= CENTRAL) {
    const square = z * z;
    return 0.5 + (x * polynomial(CENTRAL_P, square)) / polynomial(CENTRAL_Q, square);
  }
  const tail = Math.exp(-0.5 * z * z) * (z <= SHOULDER ? shoulder(z) : far(z));
  return x > 0 ? 1 - tail : tail;
}

function shoulder(z: number): number {
  return polynomial(SHOULDER_P, z) / polynomial(SHOULDER_Q, z);
}

function far(z: number): number {
  const inverseSquare = 1 / (z * z);
  const correction = (inverseSquare * polynomial(TAIL_P, inverseSquare)) / polynomial(TAIL_Q, inverseSquare);
  return (INVERSE_SQRT_2_PI - correction) / z;
}

/** Horner, the highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
