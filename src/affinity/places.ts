/**
 * Which CPUs each worker of a node process is pinned to. Cores are filled in this order: performance cores before efficiency
 * cores, then cache by cache, then by number. So workers with neighbouring indices share a last-level cache, which is where a
 * thief finds its victim's data, and a further cache is begun only when those before it are full. Every core gets one worker before
 * any gets a second one on its other hardware thread.
 */
import type { Topology } from '../topology/topology.ts';

type Cores = Pick<Topology, 'coreCpus' | 'caches' | 'cpuKinds' | 'isolatedCpus'>;

/**
 * The CPUs of each worker, by its index; undefined: those of the process.
 *
 * With 'core' a worker has all hardware threads of a core; with more workers than cores, one hardware thread; with more workers
 * than those, it begins anew. With 'node' a worker may run anywhere in the mask, unless the mask has isolated CPUs: the kernel does
 * not balance load over these, so a worker whose turn falls on one is pinned to it, and the others share what is not isolated.
 *
 * @param cpus the mask of the process, ascending
 */
export function placesOf(
  cpus: readonly number[],
  workers: number,
  pin: 'node' | 'core',
  cores: Cores,
): readonly (readonly number[])[] | undefined {
  const isolated = new Set(cores.isolatedCpus);
  const shared = cpus.filter((cpu) => !isolated.has(cpu));
  if (cpus.length === 0 || (pin === 'node' && shared.length === cpus.length)) return undefined;
  const slots = slotsOf(coresOf(cpus, cores), workers);
  return Array.from({ length: workers }, (_, n) => {
    const slot = slots[n % slots.length] ?? cpus;
    return pin === 'core' || slot.some((cpu) => isolated.has(cpu)) ? slot : shared;
  });
}

/** Whole cores when there are enough; else the first hardware thread of each core, then the second one of each, and so on. */
function slotsOf(cores: readonly (readonly number[])[], workers: number): readonly (readonly number[])[] {
  if (workers <= cores.length) return cores;
  const most = Math.max(...cores.map(({ length }) => length));
  return Array.from({ length: most }, (_, n) =>
    cores.flatMap((core) => core.slice(n, n + 1).map((cpu) => [cpu])),
  ).flat();
}

/** The part of each core that is in the mask, in the order in which they are filled. A CPU of no core is one of its own. */
function coresOf(cpus: readonly number[], { coreCpus, caches, cpuKinds }: Cores): (readonly number[])[] {
  const mask = new Set(cpus);
  const told = coreCpus.map((core) => core.filter((cpu) => mask.has(cpu))).filter(({ length }) => length > 0);
  const known = new Set(told.flat());
  const alone = cpus.filter((cpu) => !known.has(cpu)).map((cpu) => [cpu]);
  const slow = new Set(cpuKinds.filter(({ kind }) => kind === 'efficiency').flatMap((kind) => kind.cpus));
  const cacheOf = new Map(caches.flatMap((cache, n) => cache.cpus.map((cpu) => [cpu, n] as const)));
  const rank = ([first = 0]: readonly number[]): readonly [number, number, number] => [
    slow.has(first) ? 1 : 0,
    cacheOf.get(first) ?? caches.length,
    first,
  ];
  return [...told, ...alone].toSorted((a, b) => compare(rank(a), rank(b)));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [n, each] of a.entries()) {
    const difference = each - (b[n] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
