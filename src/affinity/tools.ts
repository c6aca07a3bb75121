import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** How long a tool may take: it makes one or two system calls. A guess that only a machine in trouble exceeds. */
const TOOL_TIMEOUT_MS = 2000;
const NO_ANSWER = `no answer in ${String(TOOL_TIMEOUT_MS)} ms`;
/** Files by the PATH they were looked up in, and the command. */
const found = new Map<string, string | null>();

/** How a tool ended: undefined when it did what it was told to, else why not, in the tool's own words if it had any. */
export type ToolFailure = string | undefined;

/**
 * The file of a command, looked up in the folders of `PATH` and remembered for each value of it; null when none of them has it.
 * Folders that are not absolute do not count: what lies in the working directory must not decide what is run.
 */
export function onPath(command: string): string | null {
  const path = searchPath();
  const key = `${path}\0${command}`;
  let file = found.get(key);
  if (file === undefined) {
    file = path.split(delimiter).flatMap((directory) => executable(directory, command))[0] ?? null;
    found.set(key, file);
  }
  return file;
}

/** Why nothing can be pinned on this system at all; undefined: it may be possible. */
export function cannotPin(): string | undefined {
  if (process.platform !== 'linux') return `pinning needs Linux, this is ${process.platform}`;
  return onPath('taskset') === null ? 'taskset is not on the PATH: install util-linux' : undefined;
}

/** Whether it may end otherwise the next time: the machine was busy. */
export function isPassing(failure: string): boolean {
  return failure === NO_ANSWER;
}

/** Runs a tool and waits for it, up to two seconds: it is killed then. */
export function runTool(file: string, args: readonly string[]): ToolFailure {
  try {
    const { status, signal, error, stderr } = spawnSync(file, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      timeout: TOOL_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
    if (status === 0) return undefined;
    if (error !== undefined) return timedOut(error) ? NO_ANSWER : error.message;
    const said = stderr.split('\n').find((line) => line.trim() !== '');
    return said?.trim().slice(0, 200) ?? `exit ${signal ?? String(status)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error); // Node's permission model, or Deno's, refuses it
  }
}

function timedOut(error: Error): boolean {
  return 'code' in error && error.code === 'ETIMEDOUT';
}

function searchPath(): string {
  try {
    return process.env['PATH'] ?? '';
  } catch {
    return ''; // Deno does not let this process read it
  }
}

function executable(directory: string, command: string): string[] {
  if (!isAbsolute(directory)) return [];
  const file = join(directory, command);
  try {
    accessSync(file, constants.X_OK);
    return [file];
  } catch {
    return [];
  }
}
