import { once } from 'node:events';
import { WorkStealingScheduler } from '../../../src/scheduler/scheduler.ts';
import { Board } from '../board.ts';
import { within } from '../until.ts';
import { TASK_GATE, TEARDOWN_GATE } from './tasks.ts';

type LifecycleTasks = typeof import('./tasks.js');
export type LifecycleEngine = WorkStealingScheduler<LifecycleTasks>;

/** The columns of the table in docs/lifecycle.md. */
export type State = 'starting' | 'running' | 'draining' | 'closing' | 'closed' | 'given up';
/** A row: what proves each of its cells. A state without one cannot meet the event. */
export type Row = Readonly<Partial<Record<State, () => Promise<void>>>>;

const LIFECYCLE_TASKS = new URL('./tasks.js', import.meta.url);

/** With what everything is refused that comes then. */
const REFUSAL = {
  draining: 'ERR_CLOSED',
  closing: 'ERR_CLOSED',
  closed: 'ERR_CLOSED',
  'given up': 'ERR_WORKER_LOST',
} as const;
type Refusing = keyof typeof REFUSAL;
type Reached = Exclude<State, 'starting'>;

const BRING: Record<Reached, (engine: LifecycleEngine, board: Board) => Promise<unknown>> = {
  running: () => Promise.resolve(),
  async draining(engine, board) {
    void engine.run('pause').catch(() => undefined);
    await board.arrived(TASK_GATE);
    void engine.close();
  },
  async closing(engine, board) {
    void engine.close();
    await board.arrived(TEARDOWN_GATE);
  },
  closed: (engine) => engine.close(),
  async 'given up'(engine) {
    const gone = once(engine, 'error');
    for (let lost = 0; lost < 5; ++lost) await engine.run('exit', 1).catch(() => undefined);
    await gone;
  },
};

export async function startLifecycle(board: Board): Promise<LifecycleEngine> {
  return WorkStealingScheduler.start<LifecycleTasks>({
    tasks: LIFECYCLE_TASKS,
    workers: 1,
    memory: { poolBytes: 1 << 20 },
    workerData: board.buffer,
  });
}

/** Brings an engine into a state; its teardown waits at its gate only while it is closing. */
export async function bring(engine: LifecycleEngine, board: Board, state: Reached): Promise<void> {
  if (state !== 'closing') board.open(TEARDOWN_GATE);
  await within(BRING[state](engine, board), `the engine to be ${state}`);
}

/** An engine of one worker in a state. Afterwards every gate is open and the engine closed. */
export async function inState(
  state: Reached,
  use: (engine: LifecycleEngine, board: Board) => Promise<void>,
): Promise<void> {
  const board = new Board();
  const engine = await startLifecycle(board);
  try {
    await bring(engine, board, state);
    await use(engine, board);
  } finally {
    board.openAll();
    await within(engine.close({ drain: false }), 'the engine to close');
  }
}

/** The same proof for each state that refuses. */
export function refusing(
  proof: (engine: LifecycleEngine, code: string, board: Board) => Promise<void>,
): Record<Refusing, () => Promise<void>> {
  const cell = (state: Refusing) => (): Promise<void> =>
    inState(state, (engine, board) => proof(engine, REFUSAL[state], board));
  return { draining: cell('draining'), closing: cell('closing'), closed: cell('closed'), 'given up': cell('given up') };
}
