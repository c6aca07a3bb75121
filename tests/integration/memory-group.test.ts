import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MemoryGroup } from '../support/memory-group.ts';
import { within } from '../support/until.ts';

const PROGRAM = fileURLToPath(new URL('../support/memory-program.js', import.meta.url));
const LIMIT_BYTES = 400 << 20;

void it('memory that fills a real control group: shed, refuse, and over when it is free again', async (context) => {
  const group = MemoryGroup.make(LIMIT_BYTES);
  if (typeof group === 'string') {
    context.skip(group);
    return;
  }
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    group.take(child.pid ?? 0);
    const output = text(child.stdout);
    const exited = once(child, 'exit');
    child.stdin.end('go\n');
    assert.deepEqual(await within(exited, 'the child to end'), [0, null]);
    assert.deepEqual((await output).trim().split('\n'), [
      'none 4 4',
      'shed ERR_RESOURCE_EXHAUSTED 4',
      'refuse ERR_RESOURCE_EXHAUSTED ERR_RESOURCE_EXHAUSTED',
      'none 4 4',
    ]);
  } finally {
    child.kill('SIGKILL');
    await group.remove();
  }
});
