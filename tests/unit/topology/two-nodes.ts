import { detectTopology } from '../../../src/topology/detect.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { filesOf, type Machine, type MachineCpu } from '../../support/machine-tree.ts';
import { withFileTree } from './file-tree.ts';

/** Path → text. */
export type Files = Readonly<Record<string, string>>;

export const CPU = 'sys/devices/system/cpu';
export const NODE = 'sys/devices/system/node';

/** Two nodes, of a package each, with two cores of two threads: CPUs 0 … 7, siblings n and n + 4. */
export const MACHINE: Machine = {
  cpus: Array.from({ length: 8 }, (_, number): MachineCpu => {
    const half = number % 4 < 2 ? 0 : 1;
    return { number, online: true, core: number % 4, package: half, cache: half, nodes: [half], kind: 'performance' };
  }),
  nodes: [
    { id: 0, memoryKiB: 1000 },
    { id: 1, memoryKiB: 2000 },
  ],
  distances: [
    [10, 21],
    [22, 10],
  ],
  isolated: [],
  allowedCpus: [0, 1, 2, 3, 4, 5, 6, 7],
  allowedNodes: [0, 1],
  quota: null,
};
/** Its files. */
export const FILES = filesOf(MACHINE);

/** What is detected in a tree of these files. */
export function detect(files: Files): Topology {
  return withFileTree(files, (root) => detectTopology({ root }));
}

/** The files of the machine but those whose paths start so. */
export function without(...paths: string[]): Files {
  return Object.fromEntries(Object.entries(FILES).filter(([path]) => !paths.some((gone) => path.startsWith(gone))));
}

/** Codes of the warnings. */
export function codes({ warnings }: Topology): string[] {
  return warnings.map(({ code }) => code);
}

/** Message of the warning of a code. */
export function message({ warnings }: Topology, code: string): string {
  return warnings.find((warning) => warning.code === code)?.message ?? `no ${code}`;
}
