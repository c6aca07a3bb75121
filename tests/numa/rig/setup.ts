import type { Machine } from './machine.ts';

const GROUP = '/sys/fs/cgroup/box';

/** What the guest's shell runs before the command: what QEMU cannot be told. */
export function setupScript({ offlineCpus = [], cpuset }: Machine): string {
  const lines = offlineCpus.map((cpu) => `echo 0 > /sys/devices/system/cpu/cpu${String(cpu)}/online`);
  if (cpuset !== undefined) {
    lines.push(
      'echo +cpuset > /sys/fs/cgroup/cgroup.subtree_control',
      `mkdir ${GROUP}`,
      `echo ${cpuset.cpus} > ${GROUP}/cpuset.cpus`,
      `echo ${cpuset.mems} > ${GROUP}/cpuset.mems`,
      `echo $$ > ${GROUP}/cgroup.procs`,
    );
  }
  return lines.map((line) => `${line}\n`).join('');
}
