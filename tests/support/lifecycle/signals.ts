/** Row of docs/lifecycle.md: a signal, with `closeOnSignal` in force. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { Program } from '../program.ts';
import type { Row, State } from './states.ts';

const PROGRAM = fileURLToPath(new URL('./signal-program.js', import.meta.url));

/** @param closed what the 'close' event says: completed, cancelled, lost, forced */
function endsBySignal(state: State, closed?: string): () => Promise<void> {
  return async () => {
    if (process.platform === 'win32') return; // no process can send one
    const program = new Program(process.execPath, ['--no-warnings', PROGRAM, state]);
    await program.says('ready');
    program.signal('SIGTERM');
    assert.deepEqual(await program.ended(), { code: null, signal: 'SIGTERM' });
    assert.deepEqual(
      program.lines.filter((line) => line !== 'ready'),
      closed === undefined ? [] : [`closed ${closed}`],
    );
  };
}

export const SIGNALS: Readonly<Record<string, Row>> = {
  signal: {
    starting: endsBySignal('starting'),
    running: endsBySignal('running', '1 0 0 false'),
    draining: endsBySignal('draining', '0 1 0 true'),
    closing: endsBySignal('closing', '0 0 0 true'),
    closed: endsBySignal('closed', '0 0 0 false'),
    'given up': endsBySignal('given up', '0 0 5 false'),
  },
};
