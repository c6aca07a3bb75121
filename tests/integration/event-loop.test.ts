import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { IN_FULL_SET } from '../support/quick.ts';
import { DEADLINE_MS } from '../support/until.ts';

const PROGRAMS = fileURLToPath(new URL('../support/event-loop-programs.js', import.meta.url));

/** Programs of which one isolation tells enough in the quick set. */
const ALIKE: readonly string[] = ['kept', 'turns', 'creating', 'closing'];

/** What a program wrote. Rejects when it does not end by itself. */
async function outputOf(program: string, isolation: string, ...seed: string[]): Promise<string> {
  const args = [PROGRAMS, program, isolation, ...seed];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: DEADLINE_MS });
  return stdout.trim();
}

describe('the event loop', { concurrency: 2 }, () => {
  for (const [program, output, what] of [
    ['idle', '9', 'an idle engine lets the process end'],
    ['busy', 'task 0', 'a running task keeps it alive'],
    ['kept', '25', 'so does a task of submitTask'],
    ['turns', 'turned', 'whoever awaits one task after the other leaves it its turns'],
    ['creating', 'created', 'so does createEngine'],
    ['closing', 'closed', 'so does close'],
    ['draining', 'drained', 'so does drain, with nested tasks only'],
    ['cancelled', 'AbortError', 'a task that was cancelled while it was queued does not'],
  ] as const) {
    for (const isolation of ['thread', 'process']) {
      const isAlike = isolation === 'process' && ALIKE.includes(program);
      it(`${what} (isolation '${isolation}')`, isAlike ? IN_FULL_SET : {}, async () => {
        assert.equal(await outputOf(program, isolation), output);
      });
    }
    if (program === 'cancelled') continue; // its handler blocks the thread that it runs on
    it(`${what}, in deterministic mode`, ALIKE.includes(program) ? IN_FULL_SET : {}, async () => {
      assert.equal(await outputOf(program, 'thread', '1'), output);
    });
  }
});
