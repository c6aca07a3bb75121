/**
 * The byte layout of what the kernels read and write, in one place for both languages: TypeScript writes these records
 * with a DataView, AssemblyScript reads them from memory. Integers only. All fields are f64 unless a comment says
 * otherwise, little-endian, at offsets that are multiples of their size.
 *
 *     contract   0 spot | 8 strike | 16 years | 24 rate | 32 volatility | 40 quantity | 48 kind: i32 | 52 id: u32
 *     price      contract | 56 seed: u32 | 60 batch: u32 | 64 paths: u32 | 68 –         ▸  0 price | 8 standard error
 *     quote      contract                                                             ▸  0 price | 8 delta
 *     revalue    0 contracts: u16 | 4 scenarios: u16 | 8 scenario × n | contract × m  ▸  profit and loss × n
 *     scenario   0 log return | 8 shocked spot
 */

export const KIND_CALL = 1;
export const KIND_PUT = -1;

export const CONTRACT_SPOT = 0;
export const CONTRACT_STRIKE = 8;
export const CONTRACT_YEARS = 16;
export const CONTRACT_RATE = 24;
export const CONTRACT_VOLATILITY = 32;
export const CONTRACT_QUANTITY = 40;
export const CONTRACT_KIND = 48;
export const CONTRACT_ID = 52;
export const CONTRACT_BYTES = 56;

export const PRICE_SEED = 56;
export const PRICE_BATCH = 60;
export const PRICE_PATHS = 64;
export const PRICE_INPUT_BYTES = 72;

export const REVALUE_CONTRACTS = 0;
export const REVALUE_SCENARIOS = 4;
export const REVALUE_HEADER_BYTES = 8;
export const SCENARIO_LOG_RETURN = 0;
export const SCENARIO_SPOT = 8;
export const SCENARIO_BYTES = 16;

export const RESULT_VALUE = 0;
export const RESULT_ERROR_OR_DELTA = 8;
export const RESULT_BYTES = 16;

/** Codes a kernel fails with. */
export const FAIL_BAD_INPUT = 1;
export const FAIL_NO_MEMORY = 2;
