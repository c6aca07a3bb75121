import { formatCpuList } from '../topology/cpulist.ts';
import { readText } from '../topology/fs-text.ts';
import type { PlannedNode } from './plan.ts';
import { cannotPin, isPassing, onPath, runTool, type ToolFailure } from './tools.ts';

/** What to put before the command of a node process, so that it starts on its CPUs and its memory comes from its node. */
export interface CommandPrefix {
  /** A program and its arguments, to be followed by the command. Empty: it is started as it is. */
  readonly command: readonly string[];
  /** It starts with the mask of its node. */
  readonly pinned: boolean;
  /** Its memory is bound to its node. */
  readonly bound: boolean;
  /** Why it is not pinned, or not bound where the plan says so; empty when it is as planned. */
  readonly reasons: readonly string[];
}

/** What starts a process with a restriction, or why there is no such thing. */
type Step =
  { readonly ok: true; readonly command: readonly string[] } | { readonly ok: false; readonly reason: string };

/** How commands ended, by the command and what this process itself was allowed then. */
const tried = new Map<string, ToolFailure>();

/**
 * The command that a node process is started with: `taskset -c CPUS numactl --membind=NODE`, as far as both are there and the
 * system allows what they do. They are tried out before, once for each set of CPUs and nodes that this process may use, because a
 * tool that is refused ends without starting anything. Both replace themselves by the command: the process keeps its id. CPUs are
 * given as a list, as `numactl --cpunodebind` fails on a node without memory. Never throws.
 *
 * @param root directory that holds `proc/`
 */
export function commandPrefix(
  { cpus, memoryNode }: Pick<PlannedNode, 'cpus' | 'memoryNode'>,
  root = '/',
): CommandPrefix {
  const allowed = allowedNow(root);
  const taskset = tasksetStep(cpus, allowed);
  // Memory of one node is far from most of the CPUs of a process that runs anywhere.
  if (!taskset.ok) return { command: [], pinned: false, bound: false, reasons: [taskset.reason] };
  if (memoryNode === null) return { command: taskset.command, pinned: true, bound: false, reasons: [] };
  const both = numactlStep(memoryNode, taskset.command, allowed);
  return both.ok
    ? { command: both.command, pinned: true, bound: true, reasons: [] }
    : { command: taskset.command, pinned: true, bound: false, reasons: [both.reason] };
}

function tasksetStep(cpus: readonly number[], allowed: string): Step {
  const taskset = onPath('taskset');
  const reason = cannotPin();
  if (reason !== undefined || taskset === null) return { ok: false, reason: reason ?? 'there is no taskset' };
  if (cpus.length === 0) return { ok: false, reason: 'the machine does not tell the CPUs of the node' };
  const list = formatCpuList(cpus);
  return tryOut([taskset, '-c', list], allowed, `taskset could not start a process on CPU ${list}`);
}

function numactlStep(node: number, before: readonly string[], allowed: string): Step {
  const numactl = onPath('numactl');
  if (numactl === null) {
    return { ok: false, reason: 'numactl is not on the PATH: install numactl' };
  }
  const failure = `numactl could not bind memory to node ${String(node)}`;
  return tryOut([...before, numactl, `--membind=${String(node)}`], allowed, failure);
}

/** Starts `true` with it. */
function tryOut(command: readonly string[], allowed: string, failure: string): Step {
  const [program = '', ...args] = command;
  const key = JSON.stringify([command, allowed]);
  const nothing = onPath('true');
  if (nothing === null) return { ok: false, reason: `${failure}: \`true\`, to try it with, is not on the PATH` };
  const answer = tried.has(key) ? tried.get(key) : runTool(program, [...args, nothing]);
  if (answer === undefined || !isPassing(answer)) tried.set(key, answer);
  return answer === undefined ? { ok: true, command } : { ok: false, reason: `${failure}: ${answer}` };
}

/** The CPUs and memory nodes of this process: what another answer may come from. */
function allowedNow(root: string): string {
  return (readText(root, 'proc/self/status') ?? '').match(/^(?:Cpu|Mem)s_allowed_list:.*$/gm)?.join(' ') ?? '';
}
