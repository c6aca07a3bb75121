import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Machine } from '../../numa/rig/machine.ts';
import { machineNodes } from '../../numa/rig/machine.ts';
import { type Share, qemuArguments } from '../../numa/rig/qemu.ts';
import { setupScript } from '../../numa/rig/setup.ts';

/** The values of all options of this name. */
function valuesOf(option: string, machine: Machine, shares: readonly Share[] = []): string[] {
  const args = qemuArguments({ machine, kernel: 'K', initramfs: 'I', console: 'C,C', shares });
  return args.flatMap((arg, n) => (args[n - 1] === option ? [arg] : []));
}

describe('the nodes of a machine', () => {
  it('have their CPUs in order and share the memory', () => {
    assert.deepEqual(machineNodes({ nodes: 2, cpusPerNode: 2 }), [
      { id: 0, cpus: [0, 1], memoryMiB: 1_536 },
      { id: 1, cpus: [2, 3], memoryMiB: 1_536 },
    ]);
  });

  it('without memory leave it to the others, those of memory alone have no CPUs', () => {
    assert.deepEqual(machineNodes({ nodes: 3, cpusPerNode: 1, withoutMemory: [1], memoryOnlyNodes: 1 }), [
      { id: 0, cpus: [0], memoryMiB: 1_536 },
      { id: 1, cpus: [1], memoryMiB: 0 },
      { id: 2, cpus: [2], memoryMiB: 1_536 },
      { id: 3, cpus: [], memoryMiB: 512 },
    ]);
  });
});

describe('the command line of QEMU', () => {
  it('has nodes with CPUs and memory', () => {
    const machine = { nodes: 2, cpusPerNode: 2 };
    assert.deepEqual(valuesOf('-numa', machine), [
      'node,nodeid=0,cpus=0,cpus=1,memdev=memory0',
      'node,nodeid=1,cpus=2,cpus=3,memdev=memory1',
    ]);
    assert.deepEqual(valuesOf('-object', machine), [
      'memory-backend-ram,id=memory0,size=1536M',
      'memory-backend-ram,id=memory1,size=1536M',
    ]);
    assert.deepEqual(valuesOf('-m', machine), ['3072M']);
    assert.deepEqual(valuesOf('-smp', machine), ['cpus=4,sockets=2,cores=2,threads=1']);
  });

  it('has no memory for a node without, and adds up what there is', () => {
    const machine = { nodes: 2, cpusPerNode: 2, threadsPerCore: 2, withoutMemory: [0], memoryOnlyNodes: 1 };
    assert.deepEqual(valuesOf('-numa', machine), [
      'node,nodeid=0,cpus=0,cpus=1',
      'node,nodeid=1,cpus=2,cpus=3,memdev=memory1',
      'node,nodeid=2,memdev=memory2',
    ]);
    assert.equal(valuesOf('-object', machine).length, 2);
    assert.deepEqual(valuesOf('-m', machine), ['3584M']);
    assert.deepEqual(valuesOf('-smp', machine), ['cpus=4,sockets=2,cores=1,threads=2']);
  });

  it('has a distance for each direction', () => {
    const distances = [
      [10, 15],
      [30, 10],
    ];
    assert.deepEqual(valuesOf('-numa', { nodes: 2, cpusPerNode: 1, distances }).slice(2), [
      'dist,src=0,dst=0,val=10',
      'dist,src=0,dst=1,val=15',
      'dist,src=1,dst=0,val=30',
      'dist,src=1,dst=1,val=10',
    ]);
  });

  it('has the kernel, its arguments and the console', () => {
    const machine = { nodes: 1, cpusPerNode: 1, kernelArguments: ['isolcpus=3', 'nohz_full=3'] };
    assert.deepEqual([...valuesOf('-kernel', machine), ...valuesOf('-initrd', machine)], ['K', 'I']);
    assert.match(valuesOf('-append', machine).join(), /^console=ttyS0 .* isolcpus=3 nohz_full=3$/);
    assert.deepEqual(valuesOf('-serial', machine), ['file:C,,C']);
  });

  it('has shares, read-only unless they are to be written, whatever their path', () => {
    const shares = [
      { tag: 'host', path: '/a,b/c=d', writable: false },
      { tag: 'out', path: '/e', writable: true },
    ];
    assert.deepEqual(valuesOf('-fsdev', { nodes: 1, cpusPerNode: 1 }, shares), [
      'local,id=host,path=/a,,b/c=d,security_model=none,readonly=on',
      'local,id=out,path=/e,security_model=none',
    ]);
    assert.deepEqual(valuesOf('-device', { nodes: 1, cpusPerNode: 1 }, shares), [
      'virtio-9p-pci,fsdev=host,mount_tag=host',
      'virtio-9p-pci,fsdev=out,mount_tag=out',
    ]);
  });
});

describe('what the guest does before the command', () => {
  it('is nothing on a plain machine', () => {
    assert.equal(setupScript({ nodes: 2, cpusPerNode: 2 }), '');
  });

  it('takes CPUs offline, then goes into the cpuset', () => {
    const cpuset = { cpus: '1-4', mems: '0-1' };
    assert.deepEqual(setupScript({ nodes: 3, cpusPerNode: 2, offlineCpus: [3, 5], cpuset }).split('\n'), [
      'echo 0 > /sys/devices/system/cpu/cpu3/online',
      'echo 0 > /sys/devices/system/cpu/cpu5/online',
      'echo +cpuset > /sys/fs/cgroup/cgroup.subtree_control',
      'mkdir /sys/fs/cgroup/box',
      'echo 1-4 > /sys/fs/cgroup/box/cpuset.cpus',
      'echo 0-1 > /sys/fs/cgroup/box/cpuset.mems',
      'echo $$ > /sys/fs/cgroup/box/cgroup.procs',
      '',
    ]);
  });
});
