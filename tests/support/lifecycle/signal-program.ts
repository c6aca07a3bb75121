/** Brings an engine into the state of its first argument, with `closeOnSignal` in force, and waits for the signal. */
import { Board } from '../board.ts';
import { turn } from '../until.ts';
import { bring, startLifecycle, type State } from './states.ts';
import { SETUP_GATE, SETUP_WAITS, TASK_GATE } from './tasks.ts';

const board = new Board();

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function start(): Promise<void> {
  board.count(SETUP_WAITS);
  void startLifecycle(board);
  await board.arrived(SETUP_GATE);
  say('ready');
}

async function reach(state: Exclude<State, 'starting'>): Promise<void> {
  const engine = await startLifecycle(board);
  engine.closeOnSignal({ timeoutMs: state === 'running' ? Infinity : 20 });
  engine.on('close', ({ completed, cancelled, lost, forced }) => {
    say(`closed ${[completed, cancelled, lost, forced].join(' ')}`);
  });
  await bring(engine, board, state);
  if (state !== 'running') {
    say('ready');
    return;
  }
  void engine.run('pause');
  await board.arrived(TASK_GATE);
  say('ready');
  const code = (error: unknown): unknown => (error as { code: unknown }).code;
  while ((await engine.run('nobody' as 'squared', 1).catch(code)) !== 'ERR_CLOSED') await turn();
  board.open(TASK_GATE);
}

process.stdin.resume(); // holds the event loop, as a server would
const state = process.argv[2] as State;
await (state === 'starting' ? start() : reach(state));
