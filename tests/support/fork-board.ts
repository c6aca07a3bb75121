import type { EngineOptions } from '../../src/index.ts';
import { auditMemory, isClean } from './audit.ts';
import { FORK_KERNELS, type TestEngine, withEngine } from './engines.ts';
import { until } from './until.ts';

/** kernels/fork-join.ts and what it exports. */
export type Kernels = Record<string, (input?: number | Uint8Array | Float64Array) => number>;
type ForkEngine = TestEngine<Kernels>;

const BOARD_BYTES = 65536;

/** Words that kernels and the test share, in the engine's memory. */
export class Board {
  readonly address: number;
  readonly #words: Int32Array;
  readonly #engine: ForkEngine;

  private constructor(engine: ForkEngine, address: number) {
    this.#engine = engine;
    this.address = address;
    this.#words = new Int32Array(engine.attach().source.memory.buffer, address, BOARD_BYTES / 4);
  }

  static async on(engine: ForkEngine): Promise<Board> {
    return new Board(engine, await engine.run('allocate', BOARD_BYTES));
  }

  /** Opens the gate. */
  open(): void {
    Atomics.store(this.#words, 0, 1);
  }

  get started(): number {
    return Atomics.load(this.#words, 1);
  }

  count(index = 0): number {
    return Atomics.load(this.#words, 2 + index);
  }

  async hasStarted(): Promise<void> {
    await until(() => this.started > 0, 'the kernel to start');
  }

  async release(): Promise<void> {
    this.open();
    await this.#engine.run('giveBack', this.address);
  }
}

/** Kernels and a board; afterwards no slot and no block of the engine is in use. */
export async function withBoard(
  options: EngineOptions,
  use: (engine: ForkEngine, board: Board) => Promise<void>,
): Promise<void> {
  await withEngine<Kernels>({ kernels: FORK_KERNELS, ...options }, async (engine) => {
    const board = await Board.on(engine);
    try {
      await use(engine, board);
    } finally {
      await board.release();
    }
    const { memory } = engine.attach().source;
    await until(() => isClean(auditMemory(memory.buffer)), 'all slots and blocks to be back');
  });
}
