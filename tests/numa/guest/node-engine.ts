/** The package as it was built, and what an engine makes of this machine. */
import { projectRoot } from '../../support/project.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { EngineOptions } from '../../../src/scheduler/options.ts';
import { thisMachine } from './check.ts';
import { cpusOf } from './cpus.ts';

/** With the kernel that an engine has which loads kernels.wasm. */
type Tasks = typeof import('./tasks.ts') & { square(x: number): number };
export type NodeEngine = Engine<Tasks>;

/** A node that gets a process. */
export interface ProcessNode {
  readonly id: number;
  /** As a list of the kernel. */
  readonly cpus: string;
  /** The nodes on which its memory may be. */
  readonly homes: ReadonlySet<number>;
}

/** Far beyond what anything takes where two cores play all of the machine. */
export const DEADLINE_MS = 200_000;
const TASKS = new URL('./tasks.js', import.meta.url);

/** The nodes that get processes, by ascending id. */
export function processNodes(): ProcessNode[] {
  const { nodes, allowedNodes } = thisMachine().facts;
  const withMemory = new Set(cpusOf(allowedNodes));
  return nodes
    .filter(({ usableCpus }) => usableCpus !== '')
    .map(({ id, usableCpus }) => ({ id, cpus: usableCpus, homes: withMemory.has(id) ? new Set([id]) : withMemory }));
}

/** An engine as by default, unless the options say otherwise; closed by force at the end. */
export async function withEngine(options: EngineOptions, use: (engine: NodeEngine) => Promise<void>): Promise<void> {
  const { createEngine } = (await import(`${projectRoot}/dist/index.js`)) as typeof import('../../../src/index.ts');
  const engine = await createEngine<Tasks>({ tasks: TASKS, ...options });
  try {
    await use(engine);
  } finally {
    await engine.close({ drain: false });
  }
}
