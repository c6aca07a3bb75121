import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { commandPrefix, type CommandPrefix } from '../../../src/affinity/command-prefix.ts';
import { cannotPin } from '../../../src/affinity/tools.ts';
import { threadMask } from '../../../src/affinity/thread-mask.ts';
import { FakeTools, onPlatform, status } from './fake-tools.ts';

const skipShell = process.platform === 'win32' ? 'the tools are shell scripts' : false;
/** Runs what follows the two arguments of taskset, or the one of numactl. */
const TASKSET = 'shift 2; exec "$@"';
const NUMACTL = 'shift; exec "$@"';
const allowed = (cannotPin() === undefined ? threadMask('self')?.cpus : undefined) ?? [];

function prefixIn(tools: FakeTools, cpus: number[], memoryNode: number | null): CommandPrefix {
  return onPlatform('linux', () => commandPrefix({ cpus, memoryNode }, tools.root));
}

describe('the command that a node process is started with', { skip: skipShell }, () => {
  it('is taskset, numactl, command', () => {
    using tools = new FakeTools({ taskset: TASKSET, numactl: NUMACTL });
    const taskset = [tools.file('taskset'), '-c', '1-3,8'];
    assert.deepEqual(prefixIn(tools, [1, 2, 3, 8], 2), {
      command: [...taskset, tools.file('numactl'), '--membind=2'],
      pinned: true,
      bound: true,
      reasons: [],
    });
    assert.deepEqual(prefixIn(tools, [1, 2, 3, 8], null), {
      command: taskset,
      pinned: true,
      bound: false,
      reasons: [],
    });
  });

  it('is tried out once, and again when this process may use other CPUs', () => {
    using tools = new FakeTools({ taskset: TASKSET, numactl: NUMACTL });
    const calls = (): number => readFileSync(`${tools.root}/log`, 'utf8').trim().split('\n').length;
    tools.write('proc/self/status', status('0-7'));
    const first = prefixIn(tools, [1], 0);
    assert.equal(calls(), 3); // taskset; taskset with numactl
    assert.deepEqual(prefixIn(tools, [1], 0), first);
    assert.equal(calls(), 3);
    tools.write('proc/self/status', status('0-3'));
    assert.deepEqual(prefixIn(tools, [1], 0), first);
    assert.equal(calls(), 6);
  });

  it('without numactl, or where it is refused, memory is not bound', () => {
    using missing = new FakeTools({ taskset: TASKSET });
    const unbound = prefixIn(missing, [1], 0);
    assert.deepEqual([unbound.command[0], unbound.pinned, unbound.bound], [missing.file('taskset'), true, false]);
    assert.match(unbound.reasons.join(), /numactl is not on the PATH: install numactl/);
    using refused = new FakeTools({
      taskset: TASKSET,
      numactl: 'echo "set_mempolicy: Operation not permitted" >&2; echo usage >&2; exit 1',
    });
    assert.deepEqual(prefixIn(refused, [1], 0), {
      command: [refused.file('taskset'), '-c', '1'],
      pinned: true,
      bound: false,
      reasons: ['numactl could not bind memory to node 0: set_mempolicy: Operation not permitted'],
    });
  });

  it('without taskset, or where it is refused, there is none', () => {
    const none = { command: [], pinned: false, bound: false };
    using missing = new FakeTools({ numactl: NUMACTL });
    assert.deepEqual(prefixIn(missing, [1], 0), {
      ...none,
      reasons: ['taskset is not on the PATH: install util-linux'],
    });
    using refused = new FakeTools({
      taskset: 'echo "failed to set affinity: Invalid argument" >&2; exit 1',
      numactl: NUMACTL,
    });
    assert.deepEqual(prefixIn(refused, [1], 0), {
      ...none,
      reasons: ['taskset could not start a process on CPU 1: failed to set affinity: Invalid argument'],
    });
    assert.match(prefixIn(refused, [], 0).reasons.join(), /does not tell the CPUs/);
    assert.match(onPlatform('win32', () => commandPrefix({ cpus: [1], memoryNode: 0 })).reasons.join(), /needs Linux/);
  });
});

describe('on this machine', { skip: allowed.length === 0 && 'taskset is not here' }, () => {
  it('a process starts on its CPUs', (context) => {
    const cpus = allowed.slice(-1);
    const { command, pinned, reasons } = commandPrefix({ cpus, memoryNode: 0 });
    const [program, ...args] = command;
    if (program === undefined) {
      context.skip(`not permitted here: ${reasons.join()}`);
      return;
    }
    assert.ok(pinned);
    const mask = execFileSync(program, [...args, 'grep', 'Cpus_allowed_list', '/proc/self/status'], {
      encoding: 'utf8',
    });
    assert.equal(mask.trim(), `Cpus_allowed_list:\t${String(cpus[0])}`);
  });

  it('CPUs that are not there are refused', () => {
    const { command, pinned, reasons } = commandPrefix({ cpus: [60_000], memoryNode: null });
    assert.deepEqual([command, pinned], [[], false]);
    assert.match(reasons.join(), /^taskset could not start a process on CPU 60000: ./);
  });
});
