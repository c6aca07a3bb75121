import type { Unit } from './case.ts';

const TIME: readonly Scale[] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
];
const BYTES: readonly Scale[] = [
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
  [1, 'B'],
];
type Scale = readonly [factor: number, name: string];

/** Three significant digits in the unit a person would choose. Times come in nanoseconds, sizes in bytes. */
export function formatValue(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return String(value);
  if (unit === 'ns') return scaled(value, TIME);
  if (unit === 'B') return scaled(value, BYTES);
  return `${digits(value)} ${unit}`;
}

function scaled(value: number, scales: readonly Scale[]): string {
  const [factor, name] = scales.find(([least]) => Math.abs(value) >= least) ?? scales.at(-1) ?? [1, ''];
  return `${digits(value / factor)} ${name}`;
}

export function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 10 ? 1 : size >= 0.01 || size === 0 ? 2 : 4);
}
