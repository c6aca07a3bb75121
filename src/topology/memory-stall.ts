/**
 * Pressure stall information: how much of the last ten seconds threads stood still because memory was short. Of the group of
 * this process where the kernel tells (v2), else of the whole machine. Format: Documentation/accounting/psi.rst.
 */
import { controllerPaths } from './cgroup-path.ts';
import { readText } from './fs-text.ts';

/** Shares of the last ten seconds, 0 … 1. */
export interface MemoryStall {
  /** At least one thread stood still. */
  readonly some: number;
  /** All threads that had something to do stood still. */
  readonly full: number;
}

/** The file with the stalls of this process: found once, read as often as wanted. */
export class MemoryStalls {
  readonly #root: string;
  readonly #file: string | undefined;

  /** @param root directory that holds `proc/` and `sys/` */
  constructor(root = '/') {
    this.#root = root;
    const group = controllerPaths('memory', root)
      .find(({ version }) => version === 2)
      ?.directories.at(-1);
    const files = [...(group === undefined ? [] : [`${group}/memory.pressure`]), 'proc/pressure/memory'];
    this.#file = files.find((file) => parse(readText(root, file)) !== null);
  }

  /** Whether the kernel tells. */
  get any(): boolean {
    return this.#file !== undefined;
  }

  /** null when the kernel does not tell (any more). */
  read(): MemoryStall | null {
    return this.#file === undefined ? null : parse(readText(this.#root, this.#file));
  }
}

function parse(text: string | null): MemoryStall | null {
  const some = /^some avg10=(\d+(?:\.\d+)?) /m.exec(text ?? '')?.[1];
  const full = /^full avg10=(\d+(?:\.\d+)?) /m.exec(text ?? '')?.[1];
  if (some === undefined) return null;
  return { some: Number(some) / 100, full: Number(full ?? 0) / 100 };
}
