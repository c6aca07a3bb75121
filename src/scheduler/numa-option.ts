import { givenOf } from '../base/given.ts';
import { invalid, rejectUnknown } from '../client/run-options.ts';

/** How an engine uses the NUMA nodes of the machine. docs/numa.md */
export interface NumaOptions {
  /** Ids of the nodes to use; each must have CPUs that this process may use. @default all of them */
  readonly nodes?: readonly number[] | undefined;
  /** 'roundRobin' places tasks on the nodes in turn, whatever they have to do. @default 'locality' */
  readonly policy?: 'locality' | 'roundRobin' | undefined;
  /**
   * 'node': a node process may use all CPUs of its node; 'core': each worker has a core; 'off': nothing is pinned. With one node the
   * workers are threads of this process, and 'core' alone pins them. @default 'node'
   */
  readonly pin?: 'node' | 'core' | 'off' | undefined;
  /** CPUs that the kernel's scheduler leaves alone (`isolcpus`) are used too, each by one worker. @default false */
  readonly useIsolatedCpus?: boolean | undefined;
  /** Leaves a core to the thread that creates the engine, and pins it there. @default false */
  readonly reserveHostCore?: boolean | undefined;
  /** Watches where node processes and their memory are while there are tasks. @default true with several nodes */
  readonly monitoring?: boolean | undefined;
  /** Share of local work below which 'degraded' is emitted, 0 … 1. @default 0.8 */
  readonly efficiencyThreshold?: number | undefined;
}

/** The option after parsing. */
export interface ResolvedNuma {
  /** Nothing was said about it but 'auto'. */
  readonly isDefault: boolean;
  readonly nodes: readonly number[] | undefined;
  readonly policy: 'locality' | 'roundRobin';
  readonly pin: 'node' | 'core' | 'off';
  /** Something must be pinned: that was said, and is no default. */
  readonly mustPin: boolean;
  readonly useIsolatedCpus: boolean;
  readonly reserveHostCore: boolean;
  readonly monitoring: boolean;
  readonly efficiencyThreshold: number;
}

const KNOWN = [
  'nodes',
  'policy',
  'pin',
  'useIsolatedCpus',
  'reserveHostCore',
  'monitoring',
  'efficiencyThreshold',
] satisfies (keyof NumaOptions)[];

/** @returns undefined for 'off'. @throws WorkStealingError ERR_INVALID_OPTION */
export function resolveNuma(value: unknown): ResolvedNuma | undefined {
  if (value === 'off') return undefined;
  if (
    value !== undefined &&
    value !== 'auto' &&
    (typeof value !== 'object' || value === null || Array.isArray(value))
  ) {
    throw invalid('numa', "'auto', 'off' or an object", value);
  }
  const options = typeof value === 'object' ? value : {};
  rejectUnknown(options, KNOWN, 'numa');
  const given = givenOf(options, KNOWN);
  if (given['reserveHostCore'] === true && given['pin'] === 'off') {
    throw invalid('numa.reserveHostCore', "false with pin 'off', as nothing is kept off that core then", true);
  }
  return {
    isDefault: Object.values(given).every((each) => each === undefined),
    nodes: nodeList(given['nodes']),
    policy: choice('policy', given['policy'], ['locality', 'roundRobin']),
    pin: choice('pin', given['pin'], ['node', 'core', 'off']),
    mustPin: given['reserveHostCore'] === true || (given['pin'] !== undefined && given['pin'] !== 'off'),
    useIsolatedCpus: flag('useIsolatedCpus', given['useIsolatedCpus'], false),
    reserveHostCore: flag('reserveHostCore', given['reserveHostCore'], false),
    monitoring: flag('monitoring', given['monitoring'], true),
    efficiencyThreshold: share(given['efficiencyThreshold']),
  };
}

function nodeList(value: unknown): readonly number[] | undefined {
  if (value === undefined) return undefined;
  const ids: readonly unknown[] | undefined = Array.isArray(value) ? [...(value as readonly unknown[])] : undefined;
  if (ids === undefined || ids.length === 0 || !ids.every(isNodeId)) {
    throw invalid('numa.nodes', 'an array of ids of NUMA nodes, whole numbers of at least 0', value);
  }
  return [...new Set(ids)].sort((a, b) => a - b);
}

function isNodeId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

// The first one is the default.
function choice<T extends string>(name: string, value: unknown, choices: readonly [T, ...T[]]): T {
  const chosen = value === undefined ? choices[0] : choices.find((each) => each === value);
  if (chosen !== undefined) return chosen;
  throw invalid(`numa.${name}`, choices.map((each) => `'${each}'`).join(' or '), value);
}

function flag(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? fallback;
  throw invalid(`numa.${name}`, 'true or false', value);
}

function share(value: unknown): number {
  if (value === undefined) return 0.8;
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw invalid('numa.efficiencyThreshold', 'a number, 0 … 1', value);
}
