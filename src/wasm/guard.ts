import { TAG_KERNEL_TRAP } from '../abi/codes.ts';

/** What a guard needs of the engine that imports it. */
interface GuardedExports {
  runFrame(frame: number): void;
  failFrame(frame: number, tag: number, block: number, length: number): void;
  allocBlock(bytes: number): number;
}

/** Runs kernels for the engine so that a trap ends one alone: what it imports as `guard`. */
export class Guard {
  readonly imports = {
    run: (frame: number): number => this.#run(frame),
    fail: (frame: number): void => {
      this.#fail(frame);
    },
  };
  readonly #memory: WebAssembly.Memory;
  #exports: GuardedExports | undefined;
  #trap: unknown;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** Of the instance that was made with these imports. */
  guard(exports: GuardedExports): void {
    this.#exports = exports;
  }

  // @returns 1 when it trapped
  #run(frame: number): number {
    try {
      this.#exports?.runFrame(frame);
      return 0;
    } catch (trap) {
      this.#trap = trap;
      return 1;
    }
  }

  // Without room for the error it stays as the engine has told it.
  #fail(frame: number): void {
    const bytes = Buffer.from(trapText(this.#trap));
    this.#trap = undefined;
    const block = (this.#exports?.allocBlock(bytes.length) ?? 0) >>> 0;
    if (block === 0) return;
    new Uint8Array(this.#memory.buffer).set(bytes, block);
    this.#exports?.failFrame(frame, TAG_KERNEL_TRAP, block, bytes.length);
  }
}

/** As `trapOf` reads it. */
function trapText(trap: unknown): string {
  const { name, message, stack } = trap instanceof Error ? trap : new Error(String(trap));
  return JSON.stringify({ name, message, stack });
}

/** The error of a kernel that trapped on another thread. */
export function trapOf(text: string): Error {
  const { name, message, stack } = JSON.parse(text) as { name: string; message: string; stack?: string };
  return Object.assign(new Error(message), { name, ...(stack === undefined ? {} : { stack }) });
}
