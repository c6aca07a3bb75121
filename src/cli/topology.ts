import { writeFileSync } from 'node:fs';
import { type PlanOptions, planNodes } from '../affinity/plan.ts';
import { NumaError } from '../base/errors.ts';
import { detectTopology } from '../topology/detect.ts';
import type { Topology } from '../topology/topology.ts';
import { ExitCode, UsageError } from './exit-code.ts';
import { topologyPicture } from './topology-picture.ts';
import { topologySvg } from './topology-svg.ts';

/** The options of `tallyio topology`. */
export interface TopologyFlags {
  readonly json?: boolean;
  readonly svg?: string;
  readonly sysfsRoot?: string;
}

/** What an engine that is told nothing plans with. */
const DEFAULT_PLAN: PlanOptions = { pin: 'node', useIsolatedCpus: false, reserveHostCore: false };

/** Columns of a picture that goes to no terminal. */
const LOG_COLUMNS = 100;
/** Wider than this a line is hard to follow. */
const MOST_COLUMNS = 160;

/** Shows the machine, this one or that of a tree of files, and what an engine would use of it. */
export function topology(flags: TopologyFlags): ExitCode {
  const machine = machineBelow(flags.sysfsRoot);
  if (flags.svg !== undefined) {
    writeFileSync(flags.svg, topologySvg(machine, planNodes(machine, DEFAULT_PLAN)));
  }
  process.stdout.write(`${flags.json === true ? JSON.stringify(machine) : picture(machine)}\n`);
  return ExitCode.Done;
}

function picture(machine: Topology): string {
  const { isTTY, columns } = process.stdout;
  // A terminal may not know its width.
  const width = isTTY && columns > 0 ? Math.min(columns, MOST_COLUMNS) : LOG_COLUMNS;
  return topologyPicture(machine, planNodes(machine, DEFAULT_PLAN), width).join('\n');
}

/** @throws {UsageError} when the directory that was given holds no tree */
function machineBelow(root: string | undefined): Topology {
  if (root === undefined) return detectTopology();
  try {
    return detectTopology({ root });
  } catch (error) {
    if (!(error instanceof NumaError)) throw error;
    throw new UsageError(`--sysfs-root: ${error.message}`, { cause: error });
  }
}
