/**
 * Parallel algorithms in kernels: each is run by one kernel, and by as many as there are workers; the results must be the same.
 *
 *     node main.js [--quick] [PICTURE.png]
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { PNG } from 'pngjs';
import { createEngine, type Engine, type SharedBuffer } from '../../src/index.ts';

/** All take a number or memory; their types are those that `tallyio build --types` writes. */
type Kernels = Record<string, (input: number | Uint8Array) => number | Uint8Array>;

/** An algorithm: a kernel of the same name, and one that ends with Serial. */
interface Algorithm {
  readonly name: string;
  readonly size: string;
  /** Puts the input where the kernel finds it, for each run anew. */
  readonly input: () => number | SharedBuffer;
  /** What both runs must agree on. */
  readonly outcome: (result: number | Uint8Array) => unknown;
  /** Floating-point sums in another order differ in their last bits. @default 0 */
  readonly tolerance?: number;
}

const ROUNDS = 3;
const quick = process.argv.includes('--quick');
const picture = process.argv.slice(2).find((argument) => !argument.startsWith('--'));

// The same numbers each time: a linear congruential generator.
function fillAtRandom(numbers: Float64Array): void {
  let state = 1;
  for (let i = 0; i < numbers.length; ++i) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    numbers[i] = state / 2 ** 32;
  }
}

function onNumbers(name: string, memory: SharedBuffer, tolerance = 0): Algorithm {
  const numbers = memory.view(Float64Array);
  return {
    name,
    size: `${numbers.length.toLocaleString('en')} numbers`,
    input: () => {
      fillAtRandom(numbers);
      return memory;
    },
    outcome: () => numbers.slice(),
    tolerance,
  };
}

function matrices(n: number, memory: SharedBuffer): Algorithm {
  const numbers = memory.view(Float64Array);
  return {
    name: 'matrix',
    size: `${String(n)} × ${String(n)}`,
    input: () => {
      fillAtRandom(numbers.subarray(2));
      numbers[0] = n;
      return memory;
    },
    outcome: () => numbers.slice(2 + 2 * n * n),
  };
}

function onNumber(name: string, size: string, input: number): Algorithm {
  return { name, size, input: () => input, outcome: (result) => result };
}

async function time(engine: Engine<Kernels>, kernel: string, { input, outcome }: Algorithm) {
  let best = Infinity;
  let result: unknown;
  for (let round = 0; round < ROUNDS; ++round) {
    const given = input();
    const start = performance.now();
    const returned = await engine.run(kernel, given);
    best = Math.min(best, performance.now() - start);
    result = outcome(returned);
  }
  return { ms: best, result };
}

function assertSame(actual: unknown, expected: unknown, tolerance = 0): void {
  if (tolerance === 0) return assert.deepEqual(actual, expected);
  assert.ok(actual instanceof Float64Array && expected instanceof Float64Array);
  const worst = actual.reduce((most, x, i) => Math.max(most, Math.abs(x / (expected[i] ?? NaN) - 1)), 0);
  assert.ok(worst <= tolerance, `expected numbers within ${String(tolerance)}, got ${String(worst)}`);
}

// Its width as an i32, then a byte a point.
function writePicture(path: string, points: Uint8Array): void {
  const width = new DataView(points.buffer, points.byteOffset).getInt32(0, true);
  const png = new PNG({ width, height: (points.length - 4) / width, colorType: 0 });
  points.subarray(4).forEach((shade, i) => png.data.set([shade, shade, shade, 255], 4 * i));
  writeFileSync(path, PNG.sync.write(png, { colorType: 0 }));
  console.log(`picture: ${path}`);
}

const engine = await createEngine<Kernels>({
  kernels: new URL('./kernels.wasm', import.meta.url),
  memory: { poolBytes: quick ? 16 << 20 : 256 << 20, maximumBytes: 1 << 30 },
});
try {
  const count = quick ? 100_000 : 10_000_000;
  const n = quick ? 96 : 512;
  using memory = engine.allocate(8 * count);
  using factors = engine.allocate(8 * (2 + 3 * n * n));
  const mandelbrot = onNumber('mandelbrot', quick ? '160 × 120' : '1,600 × 1,200', quick ? 160 : 1600);
  const algorithms = [
    onNumber('fib', quick ? '20' : '36', quick ? 20 : 36),
    onNumber('queens', quick ? '8' : '14', quick ? 8 : 14),
    onNumbers('mergeSort', memory),
    matrices(n, factors),
    mandelbrot,
    onNumbers('prefixSum', memory, 1e-9),
  ];
  console.log(`${String(engine.stats().workers.length)} workers, the best of ${String(ROUNDS)} rounds`);
  for (const algorithm of algorithms) {
    const serial = await time(engine, `${algorithm.name}Serial`, algorithm);
    const parallel = await time(engine, algorithm.name, algorithm);
    assertSame(parallel.result, serial.result, algorithm.tolerance);
    const times = `${serial.ms.toFixed(1).padStart(9)} ms ${parallel.ms.toFixed(1).padStart(9)} ms`;
    console.log(
      `${algorithm.name.padEnd(12)}${algorithm.size.padEnd(20)}${times}   ${(serial.ms / parallel.ms).toFixed(2)} ×`,
    );
    if (algorithm === mandelbrot && picture !== undefined) writePicture(picture, parallel.result as Uint8Array);
  }
} finally {
  await engine.close();
}
