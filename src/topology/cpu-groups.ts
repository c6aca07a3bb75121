/** A set of CPUs cut into groups, such as cores. */
export interface CpuGroups {
  /** Each CPU in one group, by their first CPU. */
  readonly groups: readonly (readonly number[])[];
  /** CPUs that do not tell, each a group of its own. */
  readonly silent: readonly number[];
}

/**
 * Cuts `cpus` into groups. What a CPU says holds for all that it names, so that one of each group is asked.
 *
 * @param cpus ascending
 * @param groupOf all CPUs of the group of a CPU; null: not known
 */
export function groupCpus(cpus: readonly number[], groupOf: (cpu: number) => readonly number[] | null): CpuGroups {
  const left = new Set(cpus);
  const groups: number[][] = [];
  const silent: number[] = [];
  for (const cpu of cpus) {
    if (!left.has(cpu)) continue;
    const named = groupOf(cpu);
    if (named === null) silent.push(cpu);
    const group = named?.filter((other) => left.has(other)) ?? [cpu];
    for (const member of group) left.delete(member);
    groups.push(group);
  }
  return { groups, silent };
}
