import { listed, type Warnings } from './warnings.ts';

/** A node and the CPUs it claims, as far as they are online. */
export interface Claim {
  readonly id: number;
  readonly cpus: readonly number[];
}

/**
 * The node of each CPU that is online. The first node that claims a CPU has it. One that no node claims goes to the node that
 * has most of its package, else to the first node with CPUs, else to the first.
 *
 * @param claims by ascending id, one at least
 */
export function ownersOf(
  claims: readonly Claim[],
  online: readonly number[],
  packages: readonly (readonly number[])[],
  warnings: Warnings,
): ReadonlyMap<number, number> {
  const owners = claimed(claims, warnings);
  const orphans = online.filter((cpu) => !owners.has(cpu));
  if (orphans.length === 0) return owners;
  const rest = claims.find(({ cpus }) => cpus.length > 0)?.id ?? claims[0]?.id ?? 0;
  const homes = homesOf(orphans, packages, owners);
  for (const cpu of orphans) owners.set(cpu, homes.get(cpu) ?? rest);
  const nodes = [...new Set(orphans.map((cpu) => owners.get(cpu)))].join(', ');
  warnings.add(
    'WARN_ORPHAN_CPUS',
    `expected each CPU online on some node, got none for CPU ${listed(orphans)}: given to node ${nodes}, by their package`,
  );
  return owners;
}

function claimed(claims: readonly Claim[], warnings: Warnings): Map<number, number> {
  const owners = new Map<number, number>();
  const late = new Set<number>();
  const disputed = new Set<number>();
  for (const { id, cpus } of claims) {
    for (const cpu of cpus) {
      if (!owners.has(cpu)) owners.set(cpu, id);
      else {
        late.add(id);
        disputed.add(cpu);
      }
    }
  }
  if (late.size > 0) {
    warnings.add(
      'WARN_OVERLAPPING_NODES',
      `expected each CPU on one node, got CPU ${listed(disputed)} once more on node ${listed(late)}: each is given to the first node that claims it`,
    );
  }
  return owners;
}

/** For orphans whose package has CPUs on nodes: the node with most of them, the first of several. */
function homesOf(
  orphans: readonly number[],
  packages: readonly (readonly number[])[],
  owners: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const homeless = new Set(orphans);
  const homes = new Map<number, number>();
  for (const group of packages.filter((cpus) => cpus.some((cpu) => homeless.has(cpu)))) {
    const home = mostFrequent(group.flatMap((cpu) => owners.get(cpu) ?? []));
    if (home === undefined) continue;
    for (const cpu of group) if (homeless.has(cpu)) homes.set(cpu, home);
  }
  return homes;
}

function mostFrequent(ids: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a - b)[0]?.[0];
}
