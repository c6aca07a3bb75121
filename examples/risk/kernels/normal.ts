/**
 * The normal distribution: distribution function and its inverse.
 *
 * - Distribution function: algorithm 5666 of Hart et al., "Computer Approximations" (1968), as published by West,
 *   "Better approximations to cumulative normal functions" (Wilmott, 2005). Absolute error below 1e-15.
 * - Inverse: Wichura, "Algorithm AS 241: the percentage points of the normal distribution" (Applied Statistics 37, 1988),
 *   routine PPND16. Relative error about 1e-16.
 */

const HART_LIMIT: f64 = 7.07106781186547;
const SQRT_2_PI: f64 = 2.5066282746310002;

/** exp(-x²/2), which `cumulative` wants beside x so that two calls may share one exponential. */
export function bell(x: f64): f64 {
  return Math.exp(-0.5 * x * x);
}

/** P(Z ≤ x) for a standard normal Z, given `bell(x)`. */
export function cumulative(x: f64, bellOfX: f64): f64 {
  const z = Math.abs(x);
  let tail: f64;
  if (z < HART_LIMIT) {
    let p: f64 = 0.0352624965998911 * z + 0.700383064443688;
    p = p * z + 6.37396220353165;
    p = p * z + 33.912866078383;
    p = p * z + 112.079291497871;
    p = p * z + 221.213596169931;
    p = p * z + 220.206867912376;
    let q: f64 = 0.0883883476483184 * z + 1.75566716318264;
    q = q * z + 16.064177579207;
    q = q * z + 86.7807322029461;
    q = q * z + 296.564248779674;
    q = q * z + 637.333633378831;
    q = q * z + 793.826512519948;
    q = q * z + 440.413735824752;
    tail = (bellOfX * p) / q;
  } else {
    const fraction = z + 1.0 / (z + 2.0 / (z + 3.0 / (z + 4.0 / (z + 0.65))));
    tail = bellOfX / (fraction * SQRT_2_PI);
  }
  return x > 0 ? 1.0 - tail : tail;
}

/** The x with P(Z ≤ x) = p, for 0 < p < 1. */
export function quantile(p: f64): f64 {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * central(0.180625 - q * q);
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1.0 - p));
  const x = r <= 5.0 ? shoulder(r - 1.6) : far(r - 5.0);
  return q < 0 ? -x : x;
}

function central(r: f64): f64 {
  let a: f64 = 2509.0809287301227 * r + 33430.57558358813;
  a = a * r + 67265.7709270087;
  a = a * r + 45921.95393154987;
  a = a * r + 13731.69376550946;
  a = a * r + 1971.5909503065513;
  a = a * r + 133.14166789178438;
  a = a * r + 3.3871328727963665;
  let b: f64 = 5226.495278852854 * r + 28729.085735721943;
  b = b * r + 39307.89580009271;
  b = b * r + 21213.794301586597;
  b = b * r + 5394.196021424751;
  b = b * r + 687.1870074920579;
  b = b * r + 42.31333070160091;
  return a / (b * r + 1.0);
}

function shoulder(r: f64): f64 {
  let c: f64 = 0.0007745450142783414 * r + 0.022723844989269184;
  c = c * r + 0.2417807251774506;
  c = c * r + 1.2704582524523684;
  c = c * r + 3.6478483247632045;
  c = c * r + 5.769497221460691;
  c = c * r + 4.630337846156546;
  c = c * r + 1.4234371107496835;
  let d: f64 = 1.0507500716444169e-9 * r + 0.0005475938084995345;
  d = d * r + 0.015198666563616457;
  d = d * r + 0.14810397642748008;
  d = d * r + 0.6897673349851;
  d = d * r + 1.6763848301838038;
  d = d * r + 2.053191626637759;
  return c / (d * r + 1.0);
}

function far(r: f64): f64 {
  let e: f64 = 2.0103343992922881e-7 * r + 0.000027115555687434876;
  e = e * r + 0.0012426609473880784;
  e = e * r + 0.026532189526576124;
  e = e * r + 0.29656057182850487;
  e = e * r + 1.7848265399172913;
  e = e * r + 5.463784911164114;
  e = e * r + 6.657904643501103;
  let f: f64 = 2.0442631033899397e-15 * r + 1.421511758316446e-7;
  f = f * r + 0.000018463183175100548;
  f = f * r + 0.0007868691311456133;
  f = f * r + 0.014875361290850615;
  f = f * r + 0.1369298809227358;
  f = f * r + 0.599832206555888;
  return e / (f * r + 1.0);
}
