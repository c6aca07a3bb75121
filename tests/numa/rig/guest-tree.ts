import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ArchiveEntry } from './cpio.ts';
import { unxz } from './vmlinux.ts';

/** Where the parts of the guest are. */
export interface GuestParts {
  /** The folder that the packages are unpacked in. */
  readonly root: string;
  readonly kernelVersion: string;
  /** The binary of Node that the guest gets. */
  readonly node: string;
  /** The first program, a script. */
  readonly init: string;
}

const FOLDERS = [
  ...['bin', 'dev', 'etc', 'host', 'io', 'lib', 'lib64', 'modules', 'numactl', 'numactl/bin', 'out', 'proc', 'root'],
  ...['sys', 'tmp', 'usr', 'usr/bin'],
];
/** In the order in which they can be loaded; what a kernel has built in is not there. */
const MODULES = [
  ...['virtio_ring', 'virtio', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev', 'virtio_pci'],
  ...['netfs', 'fscache', '9pnet', '9pnet_virtio', '9p'],
];
/** Commands of the packages. Those of numactl stand apart, so that a PATH without their folder is a machine without them. */
const COMMANDS = { bin: ['taskset'], 'numactl/bin': ['numactl', 'numastat'] };

/** What is in the guest's first file system. */
export function guestTree(parts: GuestParts): ArchiveEntry[] {
  const files = filesBelow(parts.root);
  const busybox = find(files, /\/bin\/busybox$/);
  const commands = Object.entries(COMMANDS).flatMap(([folder, names]) =>
    names.map((name) => ({ folder, file: find(files, new RegExp(`/bin/${name}$`)) })),
  );
  const binaries = [{ folder: 'bin', file: parts.node }, ...commands];
  const own = new Set(binaries.map(({ file }) => basename(file)));
  return [
    ...FOLDERS.map((path) => ({ path, kind: 'folder' }) as const),
    program('init', parts.init),
    program('bin/busybox', busybox),
    ...applets(busybox)
      .filter((name) => !own.has(name))
      .map((name) => ({ path: `bin/${name}`, kind: 'link', target: 'busybox' }) as const),
    ...binaries.map(({ folder, file }) => program(`${folder}/${file === parts.node ? 'node' : basename(file)}`, file)),
    ...libraries(
      binaries.map(({ file }) => file),
      find(files, /\/libnuma\.so\.1[.\d]*$/),
    ),
    { path: 'usr/bin/env', kind: 'link', target: '/bin/env' },
    ...modules(files, parts.kernelVersion),
  ];
}

function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function find(files: readonly string[], name: RegExp): string {
  const file = files.find((each) => name.test(each));
  if (file === undefined) throw new Error(`expected a file ${name.source} in the packages`);
  return file;
}

function program(path: string, file: string): ArchiveEntry {
  return { path, kind: 'file', data: readFileSync(file), executable: true };
}

function applets(busybox: string): string[] {
  const { stdout } = spawnSync(busybox, ['--list'], { encoding: 'utf8' });
  return stdout.split('\n').filter((name) => name !== '' && name !== 'busybox');
}

/** The libraries of these binaries, as this machine has them; libnuma comes from its package. */
function libraries(binaries: readonly string[], libnuma: string): ArchiveEntry[] {
  const files = new Set(binaries.flatMap(librariesOf));
  const needed = [...files].filter((file) => !basename(file).startsWith('libnuma.'));
  return [
    ...needed.map((file) =>
      program(`${basename(file).startsWith('ld-linux') ? 'lib64' : 'lib'}/${basename(file)}`, file),
    ),
    program('lib/libnuma.so.1', libnuma),
  ];
}

function librariesOf(binary: string): string[] {
  const { stdout } = spawnSync('ldd', [binary], { encoding: 'utf8' });
  return [...stdout.matchAll(/(?:=> |^\s*)(\/\S+)/gm)].flatMap(([, file]) => file ?? []);
}

function modules(files: readonly string[], kernelVersion: string): ArchiveEntry[] {
  const found = MODULES.flatMap((name) => {
    const file = files.find(
      (each) => each.includes(kernelVersion) && /^(.+)\.ko(?:\.xz)?$/.exec(basename(each))?.[1] === name,
    );
    return file === undefined ? [] : [{ name, file }];
  });
  return [
    ...found.map(({ name, file }) => ({ path: `modules/${name}.ko`, kind: 'file', data: moduleOf(file) }) as const),
    { path: 'modules/order', kind: 'file', data: Buffer.from(found.map(({ name }) => `${name}\n`).join('')) },
  ];
}

function moduleOf(file: string): Buffer {
  const data = readFileSync(file);
  return file.endsWith('.xz') ? (unxz(data) ?? data) : data;
}
