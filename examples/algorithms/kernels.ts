/** All kernels of the example: `tallyio build examples/algorithms/kernels.ts -o kernels.wasm`. */
export * from './kernels/fib';
export * from './kernels/mandelbrot';
export * from './kernels/matrix';
export * from './kernels/merge-sort';
export * from './kernels/prefix-sum';
export * from './kernels/queens';
