import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { currentThreadId, pinCurrentThread, pinThread, type Pinning } from '../../../src/affinity/pin-thread.ts';
import { cannotPin, onPath } from '../../../src/affinity/tools.ts';
import { threadMask } from '../../../src/affinity/thread-mask.ts';
import { verifyProcess } from '../../../src/affinity/verify.ts';
import { FakeTools, onPlatform, status } from './fake-tools.ts';

const skipShell = process.platform === 'win32' ? 'the tools are shell scripts' : false;
/** What this process may use, where it can be told to use less. */
const allowed = (cannotPin() === undefined ? threadMask('self')?.cpus : undefined) ?? [];

/** Pins thread 7 of a made-up machine, whose mask is 0-3, to CPUs 1 and 2. */
function pinSeven(tools: FakeTools): Pinning {
  tools.write('proc/7/status', status('0-3'));
  return onPlatform('linux', () => pinThread(7, [1, 2], tools.root));
}

describe('pinning a thread', { skip: skipShell }, () => {
  it('calls taskset with the list and the thread, and believes the kernel', () => {
    using tools = new FakeTools({ taskset: `printf 'Cpus_allowed_list:\\t1-2\\n' > "\${0%/bin/*}/proc/7/status"` });
    assert.deepEqual(pinSeven(tools), { pinned: true, cpus: [1, 2] });
  });

  it('needs no tool when the mask is right already', () => {
    using tools = new FakeTools({});
    tools.write('proc/self/task/7/status', status('1-2'));
    assert.deepEqual(pinThread(7, [2, 1], tools.root), { pinned: true, cpus: [1, 2] });
  });

  it('says so when taskset is missing', () => {
    using tools = new FakeTools({});
    assert.deepEqual(pinSeven(tools), {
      pinned: false,
      cpus: [0, 1, 2, 3],
      reason: 'taskset is not on the PATH: install util-linux',
    });
  });

  it('hands on what taskset says when it is refused', () => {
    using tools = new FakeTools({ taskset: 'echo >&2; echo "taskset: Operation not permitted" >&2; exit 1' });
    assert.deepEqual(pinSeven(tools), {
      pinned: false,
      cpus: [0, 1, 2, 3],
      reason: 'taskset could not set the mask: taskset: Operation not permitted',
    });
  });

  it('says how taskset ended when it says nothing, or cannot be run', () => {
    for (const [body, reason] of [
      ['exit 3', /: exit 3$/],
      ['kill -9 $$', /: exit SIGKILL$/],
    ] as const) {
      using tools = new FakeTools({ taskset: body });
      assert.match(pinSeven(tools).reason ?? '', reason);
    }
  });

  it('sees when taskset did nothing, or a part, and claims success', () => {
    for (const [mask, cpus] of [
      ['0-3', [0, 1, 2, 3]],
      ['2', [2]],
    ] as const) {
      using tools = new FakeTools({
        taskset: `printf 'Cpus_allowed_list:\\t${mask}\\n' > "\${0%/bin/*}/proc/7/status"`,
      });
      const pinning = pinSeven(tools);
      assert.deepEqual([pinning.pinned, pinning.cpus], [false, cpus]);
      assert.match(pinning.reason ?? '', new RegExp(`of CPU 1-2 the mask is ${mask}: `));
    }
  });

  it('does not wait for ever', () => {
    using tools = new FakeTools({ taskset: 'while :; do :; done' });
    assert.match(pinSeven(tools).reason ?? '', /^taskset could not set the mask: no answer in 2000 ms$/);
  });

  it('says so when the mask cannot be read back, or there are no CPUs', () => {
    using tools = new FakeTools({ taskset: 'exit 0' });
    const blind = onPlatform('linux', () => pinThread(8, [1], tools.root));
    assert.deepEqual(blind, { pinned: false, cpus: null, reason: 'the mask cannot be read back' });
    assert.match(pinThread(8, [], tools.root).reason ?? '', /no CPUs/);
  });

  it('does nothing on other systems', () => {
    using tools = new FakeTools({ taskset: 'exit 0' });
    assert.match(onPlatform('darwin', () => pinThread(7, [1], tools.root)).reason ?? '', /needs Linux, this is darwin/);
    assert.match(onPlatform('darwin', () => pinCurrentThread([1], tools.root)).reason ?? '', /needs Linux/);
  });
});

describe('looking tools up', { skip: skipShell }, () => {
  it('in the folders of PATH, absolute ones only, anew when PATH is another', () => {
    using tools = new FakeTools({ taskset: 'exit 0' });
    assert.equal(onPath('taskset'), tools.file('taskset'));
    assert.equal(onPath('numactl'), null);
    process.env['PATH'] = `:${relative(process.cwd(), join(tools.root, 'bin'))}`;
    assert.equal(onPath('taskset'), null);
  });
});

describe('the id of a thread', () => {
  it('is the one that the kernel tells, or null', () => {
    using tools = new FakeTools({});
    assert.equal(currentThreadId(tools.root), null);
    mkdirSync(join(tools.root, 'proc'));
    symlinkSync('12/task/34', join(tools.root, 'proc/thread-self'));
    assert.equal(currentThreadId(tools.root), 34);
  });

  it(
    'is another one in a worker',
    { skip: currentThreadId() === null ? 'the system does not tell' : false },
    async () => {
      const url = new URL('../../../src/affinity/pin-thread.js', import.meta.url).href;
      const worker = new Worker(
        `import(${JSON.stringify(url)}).then(({ currentThreadId }) => { require('node:worker_threads').parentPort.postMessage(currentThreadId()) })`,
        { eval: true },
      );
      const [tid] = (await once(worker, 'message')) as [number];
      assert.equal(currentThreadId(), process.pid);
      assert.notEqual(tid, process.pid);
      assert.ok(Number.isInteger(tid));
    },
  );
});

describe('on this machine', { skip: allowed.length < 2 && 'taskset is not here, or one CPU only' }, () => {
  const first = allowed.slice(0, 1);
  const absent = 60_000;

  it('a process is pinned and read back, thread by thread', async (context) => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log("up")']);
    try {
      await once(child.stdout, 'data');
      const pid = child.pid ?? 0;
      assert.deepEqual(verifyProcess(pid, allowed), { pinned: true, cpus: allowed, strayThreads: [] });
      const pinning = pinThread(pid, first);
      if ((pinning.reason ?? '').includes('not permitted')) {
        context.skip('taskset is not permitted here');
        return;
      }
      assert.deepEqual(pinning, { pinned: true, cpus: first });
      const check = verifyProcess(pid, first);
      assert.equal(check.pinned, false);
      assert.ok(check.strayThreads.length > 0);
      assert.ok(!check.strayThreads.some(({ tid }) => tid === pid), 'its main thread is pinned, its others are not');
      for (const { tid } of check.strayThreads) assert.ok(pinThread(tid, first).pinned);
      assert.deepEqual(verifyProcess(pid, first), { pinned: true, cpus: first, strayThreads: [] });
      const partly = pinThread(pid, [...first, absent]);
      assert.deepEqual([partly.pinned, partly.cpus], [false, first]);
    } finally {
      child.kill();
      await once(child, 'close');
    }
  });
});
