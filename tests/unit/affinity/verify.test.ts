import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyProcess } from '../../../src/affinity/verify.ts';
import { withFileTree } from '../topology/file-tree.ts';
import { onPlatform, status } from './fake-tools.ts';

const files = {
  'proc/5/task/5/status': status('0-1'),
  'proc/5/task/10/status': status('2', 'V8Worker'),
  'proc/5/task/11/status': status('1'),
  'proc/5/task/6/status': status('1-2', 'libuv-worker'),
  'proc/5/task/7/gone': '',
  'proc/5/task/8/status': 'Name:\tnode\n',
  'proc/5/task/9/status': status('what'),
  'proc/5/task/readme': '',
};

test('every thread stays within the CPUs', () => {
  const check = withFileTree(files, (root) => verifyProcess(5, [0, 1, 2, 3], root));
  assert.deepEqual(check, { pinned: true, cpus: [0, 1, 2], strayThreads: [] });
});

test('a thread that may leave them is named', () => {
  const check = withFileTree(files, (root) => verifyProcess(5, [1], root));
  assert.deepEqual(check, {
    pinned: false,
    cpus: [0, 1, 2],
    reason: '3 of 4 threads of process 5 may run outside of CPU 1, on 0-2',
    strayThreads: [
      { tid: 5, name: 'node', cpus: [0, 1] },
      { tid: 6, name: 'libuv-worker', cpus: [1, 2] },
      { tid: 10, name: 'V8Worker', cpus: [2] },
    ],
  });
});

test('a process that is gone, or a system that does not tell, is not pinned', () => {
  withFileTree({}, (root) => {
    const reason = (platform: NodeJS.Platform): string | undefined =>
      onPlatform(platform, () => verifyProcess(5, [0], root)).reason;
    assert.match(reason('linux') ?? '', /process 5 is gone/);
    assert.match(reason('win32') ?? '', /only Linux .* win32/);
    assert.deepEqual(verifyProcess(5, [0], root).cpus, null);
  });
});
