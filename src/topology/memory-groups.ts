/**
 * Memory that the control groups of this process use, v1 and v2, against their limits. Each group counts what is below it, so
 * any group on the way down may be the first that is full. What counts as used is the working set, as Kubernetes computes it:
 * page cache that nobody has touched lately is given back by the kernel before anybody is killed.
 */
import { type ControllerPath, controllerPaths } from './cgroup-path.ts';
import { readInteger, readText } from './fs-text.ts';

/** A group's memory, in bytes. */
export interface MemoryUse {
  readonly usageBytes: number;
  readonly limitBytes: number;
}

/** Names of the files of a group; of several limits the least one counts. */
interface GroupFiles {
  readonly usage: string;
  readonly limits: readonly string[];
  readonly inactive: RegExp;
}

const FILES: Readonly<Record<ControllerPath['version'], GroupFiles>> = {
  1: { usage: 'memory.usage_in_bytes', limits: ['memory.limit_in_bytes'], inactive: /^total_inactive_file (\d+)$/m },
  2: { usage: 'memory.current', limits: ['memory.max', 'memory.high'], inactive: /^inactive_file (\d+)$/m },
};
/** The kernel's word for "no limit" in v1: the largest page-aligned i64. No machine has an eighth of it. */
const UNLIMITED_BYTES = 2 ** 60;

interface Group {
  readonly directory: string;
  readonly files: GroupFiles;
}

/** The memory groups of this process: found once, read as often as wanted. */
export class MemoryGroups {
  readonly #root: string;
  readonly #groups: readonly Group[];

  /** @param root directory that holds `proc/` and `sys/` */
  constructor(root = '/') {
    this.#root = root;
    this.#groups = controllerPaths('memory', root)
      .flatMap(({ version, directories }) => directories.map((directory) => ({ directory, files: FILES[version] })))
      .filter(({ directory, files }) => readText(root, `${directory}/${files.usage}`) !== null);
  }

  /** Whether there is a group whose use can be read; it may have no limit now, and get one later. */
  get any(): boolean {
    return this.#groups.length > 0;
  }

  /** The least limit of all groups in bytes, null when there is none. */
  limitBytes(): number | null {
    const limits = this.#groups.map((group) => this.#limitOf(group)).filter((limit) => limit < Infinity);
    return limits.length === 0 ? null : Math.min(...limits);
  }

  /**
   * The group that is nearest to its limit; null when none has one.
   *
   * @param closeLookFrom share of a limit below which page cache may count as used: finding out costs a larger file
   */
  fullest(closeLookFrom = 0): MemoryUse | null {
    let fullest: MemoryUse | null = null;
    for (const group of this.#groups) {
      const use = this.#useOf(group, closeLookFrom);
      if (use !== null && (fullest === null || shareOf(use) > shareOf(fullest))) fullest = use;
    }
    return fullest;
  }

  #useOf(group: Group, closeLookFrom: number): MemoryUse | null {
    const { directory, files } = group;
    const limitBytes = this.#limitOf(group);
    if (limitBytes === Infinity) return null;
    const usageBytes = readInteger(this.#root, `${directory}/${files.usage}`);
    if (usageBytes === null) return null;
    if (usageBytes < closeLookFrom * limitBytes) return { usageBytes, limitBytes };
    const inactive = files.inactive.exec(readText(this.#root, `${directory}/memory.stat`) ?? '')?.[1] ?? '0';
    return { usageBytes: Math.max(0, usageBytes - Number(inactive)), limitBytes };
  }

  #limitOf({ directory, files }: Group): number {
    let least = Infinity;
    for (const file of files.limits) {
      const limit = readInteger(this.#root, `${directory}/${file}`);
      if (limit !== null && limit >= 0 && limit < UNLIMITED_BYTES) least = Math.min(least, limit);
    }
    return least;
  }
}

/** Use by limit; a limit of 0 is full. */
export function shareOf({ usageBytes, limitBytes }: MemoryUse): number {
  return limitBytes === 0 ? 1 : usageBytes / limitBytes;
}
