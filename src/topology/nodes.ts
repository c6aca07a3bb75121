import type { MachineFiles } from './machine-files.ts';
import { listed } from './warnings.ts';

/** Where the nodes have their folders. */
export const NODE_FOLDER = 'sys/devices/system/node';

/** A node as its folder tells, CPUs that are offline included. */
interface NodeFiles {
  readonly id: number;
  readonly cpus: readonly number[];
  readonly memoryKiB: number | null;
}

/** The nodes of a machine. */
export interface NodeList {
  /** All that are online, ascending: the columns of a distance file. */
  readonly online: readonly number[];
  /** Those that have a folder, ascending. */
  readonly nodes: readonly NodeFiles[];
}

/**
 * Nodes that are online: `node/online`, else the folders. null when there is none: a kernel without NUMA, a container that
 * hides them, another system.
 */
export function readNodes(files: MachineFiles): NodeList | null {
  const folders = files.numbered(NODE_FOLDER, 'node');
  if (folders.length === 0) return null;
  const told = files.list(`${NODE_FOLDER}/online`) ?? [];
  const online = folders.some((id) => told.includes(id)) ? told : folders;
  const present = new Set(folders);
  const missing = online.filter((id) => !present.has(id));
  if (missing.length > 0) {
    files.warnings.add(
      'WARN_MISSING_NODES',
      `expected a folder for each node that ${NODE_FOLDER}/online names, got none for node ${listed(missing)}: left out`,
    );
  }
  const nodes = online.filter((id) => present.has(id)).map((id) => readNode(files, id));
  return { online, nodes };
}

/** Total memory in KiB by the line MemTotal of a meminfo; null when there is none. */
export function totalMemoryKiB(files: MachineFiles, path: string): number | null {
  const text = files.text(path);
  const total = /^(?:Node \d+ )?MemTotal:\s*(\d{1,15}) kB$/m.exec(text ?? '')?.[1];
  if (text !== null && total === undefined) files.warnings.addFile(path, 'a line MemTotal', 'a file without it');
  return total === undefined ? null : Number(total);
}

function readNode(files: MachineFiles, id: number): NodeFiles {
  const folder = `${NODE_FOLDER}/node${String(id)}`;
  return { id, cpus: cpusOf(files, folder), memoryKiB: totalMemoryKiB(files, `${folder}/meminfo`) };
}

function cpusOf(files: MachineFiles, folder: string): number[] {
  const cpus = files.list(`${folder}/cpulist`) ?? files.mask(`${folder}/cpumap`);
  if (cpus === null) {
    files.warnings.add(
      'WARN_SILENT_NODE',
      `expected CPUs of a node in ${folder}/cpulist or cpumap, got nothing usable: assumed to have none`,
    );
  }
  return cpus ?? [];
}
