import fc from 'fast-check';
import type { KernelStyle, Machine, MachineCpu } from './machine-tree.ts';

/** What a CPU is before it has a number. */
interface Place {
  readonly core: number;
  readonly package: number;
  readonly node: number;
}

interface Shape {
  readonly nodeIds: readonly number[];
  readonly places: readonly Place[];
}

/** Kernels old and new. */
export const kernelStyles: fc.Arbitrary<KernelStyle> = fc.record({
  nodeOnline: fc.boolean(),
  nodeSets: fc.constantFrom('cpulist', 'cpumap'),
  nodesKeepOffline: fc.boolean(),
  cpuOnline: fc.constantFrom('list', 'folders'),
  siblings: fc.constantFrom('core_cpus_list', 'thread_siblings_list', 'core_cpus', 'thread_siblings'),
  limits: fc.constantFrom('status', 'cgroup2', 'cpuset1', 'noprefix'),
  caches: fc.constantFrom('shared_cpu_list', 'shared_cpu_map'),
  kinds: fc.constantFrom('units', 'capacity', 'none'),
  nul: fc.boolean(),
  zeroWords: fc.nat(3),
});

/**
 * Machines with 1 … 24 CPUs on 1 … 6 nodes, or on none: sparse ids, nodes without CPUs or memory, CPUs offline, on several nodes
 * or on none, directed distances, isolated CPUs, affinity and cpusets.
 */
export const machines: fc.Arbitrary<Machine> = shapes().chain((shape) =>
  cpusOf(shape).chain((cpus) => {
    const online = cpus.filter((cpu) => cpu.online).map(({ number }) => number);
    const { nodeIds } = shape;
    return fc.record({
      cpus: fc.constant(cpus),
      nodes: fc.tuple(...nodeIds.map((id) => fc.record({ id: fc.constant(id), memoryKiB: memory }))),
      distances: fc.option(fc.tuple(...nodeIds.map((_, own) => row(own, nodeIds.length)))),
      isolated: ordered(online, 0),
      allowedCpus: fc.option(ordered(online, 1)),
      allowedNodes: nodeIds.length === 0 ? fc.constant(null) : fc.option(ordered(nodeIds, 1)),
      quota: fc.option(fc.integer({ min: 1, max: 64 }).map((eighths) => eighths / 8)),
    });
  }),
);

const memory = fc.oneof(fc.constant(0), fc.constant(null), fc.integer({ min: 1, max: 2 ** 40 }));

function shapes(): fc.Arbitrary<Shape> {
  return fc
    .record({
      ids: fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { maxLength: 6 }),
      packages: fc.integer({ min: 1, max: 3 }),
      threadsOfCores: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
      nodeOfCore: fc.array(fc.nat(5), { minLength: 6, maxLength: 6 }),
    })
    .map(({ ids, packages, threadsOfCores, nodeOfCore }) => ({
      nodeIds: [...ids].sort((a, b) => a - b),
      places: threadsOfCores.flatMap((threads, core) =>
        Array.from({ length: threads }, () => ({ core, package: core % packages, node: nodeOfCore[core] ?? 0 })),
      ),
    }));
}

/** Numbers are dealt out at random, with gaps; one CPU at least is online. */
function cpusOf({ nodeIds, places }: Shape): fc.Arbitrary<MachineCpu[]> {
  const nodeOf = (place: number): number[] => nodeIds.slice(place % Math.max(1, nodeIds.length)).slice(0, 1);
  const size = places.length;
  return fc
    .record({
      numbers: fc.uniqueArray(fc.nat(90), { minLength: size, maxLength: size }),
      offline: fc.array(fc.nat(size - 1), { maxLength: 4 }),
      orphans: fc.oneof(fc.constant<number[]>([]), fc.array(fc.nat(size - 1), { maxLength: 4 })),
      disputed: fc.oneof(fc.constant<number[]>([]), fc.array(fc.nat(size - 1), { maxLength: 4 })),
      cachesOfNode: fc.boolean(),
      noCaches: fc.boolean(),
      weak: fc.array(fc.nat(5), { maxLength: 3 }),
    })
    .map(({ numbers, offline, orphans, disputed, cachesOfNode, noCaches, weak }) =>
      places
        .map((place, i): MachineCpu => {
          const own = orphans.includes(i) ? [] : nodeOf(place.node);
          const also = disputed.includes(i) && own.length > 0 ? nodeOf(place.node + 1) : [];
          return {
            number: numbers[i] ?? 0,
            online: i === 0 || !offline.includes(i),
            core: place.core,
            package: place.package,
            cache: noCaches ? null : cachesOfNode ? place.core : place.package,
            nodes: [...new Set([...own, ...also])].sort((a, b) => a - b),
            kind: weak.includes(place.core) ? 'efficiency' : 'performance',
          };
        })
        .sort((a, b) => a.number - b.number),
    );
}

/** 10 to the node itself, more to the others. */
function row(own: number, length: number): fc.Arbitrary<number[]> {
  return fc
    .array(fc.integer({ min: 10, max: 255 }), { minLength: length, maxLength: length })
    .map((distances) => distances.map((distance, i) => (i === own ? 10 : distance)));
}

function ordered(numbers: readonly number[], minLength: number): fc.Arbitrary<number[]> {
  return fc.subarray([...numbers], { minLength }).map((some) => some.sort((a, b) => a - b));
}
