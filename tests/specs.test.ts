import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { projectRoot } from './support/project.ts';

// In a process beside the other test files, since the compiler keeps one core busy for a while.
it('the specs of the engine room (assembly/__tests__/)', async () => {
  const asp = join(projectRoot, 'node_modules/@as-pect/cli/bin/asp.js');
  const child = spawn(process.execPath, [asp, '--summary'], { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.match(stdout, /\[Result\]: .*Pass/);
});
