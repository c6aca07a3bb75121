/** All kernels of the example: `tallyio build examples/algorithms/kernels.ts -o kernels.wasm`. */
export * from './kernels/fib';
export * from './kernels/mandelbrot';
export { matrix, matrixSerial } from './kernels/matrix';
export { mergeSort, mergeSortSerial } from './kernels/merge-sort';
export * from './kernels/prefix-sum';
export * from './kernels/queens';
