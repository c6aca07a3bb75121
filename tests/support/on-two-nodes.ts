import { startEngine } from '../../src/engine/engine.ts';
import type { EngineOptions } from '../../src/scheduler/options.ts';
import type { Board } from './board.ts';
import { type Tasks, type TestEngine, withEngine } from './engines.ts';
import { TwoNodes, twoCpus } from './two-nodes.ts';

/** An engine of two workers, unless the options say otherwise, on a machine of two nodes that ends with it. @param ids of the nodes */
export async function onTwoNodes(
  options: EngineOptions,
  use: (engine: TestEngine, machine: TwoNodes, board: Board) => Promise<void>,
  ids: readonly [number, number] = [0, 1],
): Promise<void> {
  const machine = new TwoNodes(twoCpus() ?? [0, 1], ids);
  try {
    await withEngine(
      { workers: 2, ...options },
      async (engine, board) => {
        await use(engine, machine, board);
      },
      (given) => startEngine<Tasks>({ root: machine.root }, { ...given, isolation: 'thread' }),
    );
  } finally {
    machine.end();
  }
}
