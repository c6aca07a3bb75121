import { type Machine, type MachineNode, machineNodes } from './machine.ts';

export const QEMU = 'qemu-system-x86_64';

/** A folder that the guest mounts. */
export interface Share {
  /** The guest mounts it under this name. */
  readonly tag: string;
  readonly path: string;
  readonly writable: boolean;
}

/** Everything that QEMU is told. */
export interface QemuOptions {
  readonly machine: Machine;
  readonly kernel: string;
  readonly initramfs: string;
  /** The file that the guest's console is written to. */
  readonly console: string;
  readonly shares: readonly Share[];
}

const KERNEL_ARGUMENTS = [
  'console=ttyS0',
  'quiet',
  'loglevel=4',
  'mitigations=off',
  'nokaslr',
  'panic=-1',
  'rcupdate.rcu_expedited=1',
];

/** The command line of QEMU without its name. */
export function qemuArguments({ machine, kernel, initramfs, console, shares }: QemuOptions): string[] {
  const nodes = machineNodes(machine);
  const memoryMiB = nodes.reduce((sum, node) => sum + node.memoryMiB, 0);
  return [
    ...['-accel', 'tcg,thread=multi,tb-size=256', '-M', 'q35'],
    // With AMD's name the guest sees no SMT.
    ...['-cpu', 'max,vendor=GenuineIntel'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-m', `${String(memoryMiB)}M`, '-smp', processors(machine)],
    ...nodes.flatMap(nodeArguments),
    ...distanceArguments(machine.distances ?? []),
    ...['-kernel', kernel, '-initrd', initramfs, '-serial', `file:${escaped(console)}`],
    ...['-append', [...KERNEL_ARGUMENTS, ...(machine.kernelArguments ?? [])].join(' ')],
    ...shares.flatMap(shareArguments),
  ];
}

function processors({ nodes, cpusPerNode, threadsPerCore = 1 }: Machine): string {
  const cpus = nodes * cpusPerNode;
  return Object.entries({ cpus, sockets: nodes, cores: cpusPerNode / threadsPerCore, threads: threadsPerCore })
    .map(([name, count]) => `${name}=${String(count)}`)
    .join(',');
}

function nodeArguments({ id, cpus, memoryMiB }: MachineNode): string[] {
  const memory = `memory${String(id)}`;
  const parts = [
    `node,nodeid=${String(id)}`,
    ...cpus.map((cpu) => `cpus=${String(cpu)}`),
    ...(memoryMiB > 0 ? [`memdev=${memory}`] : []),
  ];
  const backend = ['-object', `memory-backend-ram,id=${memory},size=${String(memoryMiB)}M`];
  return [...(memoryMiB > 0 ? backend : []), '-numa', parts.join(',')];
}

function distanceArguments(distances: readonly (readonly number[])[]): string[] {
  return distances.flatMap((row, from) =>
    row.flatMap((distance, to) => ['-numa', `dist,src=${String(from)},dst=${String(to)},val=${String(distance)}`]),
  );
}

function shareArguments({ tag, path, writable }: Share): string[] {
  const access = writable ? '' : ',readonly=on';
  return [
    ...['-fsdev', `local,id=${tag},path=${escaped(path)},security_model=none${access}`],
    ...['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
  ];
}

/** A comma ends an option, two are one. */
function escaped(path: string): string {
  return path.replaceAll(',', ',,');
}
