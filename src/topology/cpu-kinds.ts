import type { MachineFiles } from './machine-files.ts';
import { CPU_FOLDER } from './online.ts';
import type { CpuKind } from './topology.ts';

/** Cores count as alike when the weakest has at least this share of the strongest: some machines rate favoured cores a little higher. A guess. */
const ALIKE = 0.8;

/** Performance and efficiency cores among the CPUs online; empty when all are alike or the machine does not tell. */
export function readCpuKinds(files: MachineFiles, online: readonly number[]): CpuKind[] {
  return kinds(named(files, online)) ?? kinds(rated(files, online)) ?? [];
}

type Halves = readonly [performance: readonly number[], efficiency: readonly number[]];

/** Both kinds must be there. */
function kinds([performance, efficiency]: Halves): CpuKind[] | null {
  if (performance.length === 0 || efficiency.length === 0) return null;
  return [
    { kind: 'performance', cpus: performance },
    { kind: 'efficiency', cpus: efficiency },
  ];
}

/** Intel: a performance counter unit for each kind, which lists its CPUs. */
function named(files: MachineFiles, online: readonly number[]): Halves {
  const performance = new Set(files.list('sys/devices/cpu_core/cpus'));
  const efficiency = new Set(files.list('sys/devices/cpu_atom/cpus'));
  return [
    online.filter((cpu) => performance.has(cpu)),
    online.filter((cpu) => efficiency.has(cpu) && !performance.has(cpu)),
  ];
}

/** ARM, RISC-V: a capacity of each CPU, 1024 at most. Those nearer to the weakest than to the strongest are efficiency cores. */
function rated(files: MachineFiles, online: readonly number[]): Halves {
  const capacities: { cpu: number; capacity: number }[] = [];
  for (const cpu of online) {
    const capacity = files.integer(`${CPU_FOLDER}/cpu${String(cpu)}/cpu_capacity`);
    // Either all CPUs have the file or none.
    if (capacity === null) return [[], []];
    capacities.push({ cpu, capacity });
  }
  const values = capacities.map(({ capacity }) => capacity);
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  if (least >= ALIKE * most) return [[], []];
  const strong = (capacity: number): boolean => capacity >= (least + most) / 2;
  return [
    capacities.filter(({ capacity }) => strong(capacity)).map(({ cpu }) => cpu),
    capacities.filter(({ capacity }) => !strong(capacity)).map(({ cpu }) => cpu),
  ];
}
