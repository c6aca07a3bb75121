import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../support/project.ts';
import { cpioArchive } from './cpio.ts';
import * as debian from './debian.ts';
import { guestTree } from './guest-tree.ts';
import { QEMU } from './qemu.ts';
import { uncompressedKernel } from './vmlinux.ts';

/** What QEMU boots. */
export interface GuestImage {
  readonly kernel: string;
  readonly initramfs: string;
  /** For example `Node v20.20.2 on Linux 6.1.0-56-amd64`. */
  readonly description: string;
}

/** Goes up when the parts of a guest are put together in another way. */
const RECIPE = 1;
const INIT = join(projectRoot, 'tests/numa/rig/init');
const PACKAGES = ['busybox-static', 'util-linux', 'numactl', 'libnuma1'];
const COMMANDS = { [QEMU]: 'qemu-system-x86', xz: 'xz-utils' };

/** Where guests are kept: TALLYIO_RIG_CACHE, else a folder of the user's cache. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { TALLYIO_RIG_CACHE: own = '', XDG_CACHE_HOME: cache = '' } = env;
  if (own !== '') return own;
  return join(cache === '' ? join(homedir(), '.cache') : cache, 'tallyio-rig');
}

/**
 * QEMU, installed when it is not there, and a guest with Debian's kernel and this Node. A guest that was built before is used
 * again; it is another one when Node or its first program is.
 *
 * @throws RigUnavailable where that cannot be had
 */
export function guestImage(cache = cacheFolder()): GuestImage {
  debian.requireDebian();
  debian.installCommands(COMMANDS);
  const key = createHash('sha256').update(JSON.stringify([RECIPE, process.version, process.execPath]));
  const folder = join(cache, `guest-${key.update(readFileSync(INIT)).digest('hex').slice(0, 16)}`);
  if (!existsSync(folder)) build(cache, folder);
  return {
    kernel: join(folder, 'vmlinux'),
    initramfs: join(folder, 'initramfs.cpio'),
    description: readFileSync(join(folder, 'description'), 'utf8'),
  };
}

/** Puts it together aside, so that what bears the name is complete. */
function build(cache: string, folder: string): void {
  const packages = join(cache, 'packages');
  debian.updateLists();
  const kernelPackage = debian.kernelPackage();
  debian.downloadPackages([kernelPackage, ...PACKAGES], packages);
  const aside = mkdtempSync(join(cache, 'building-'));
  try {
    const root = join(aside, 'root');
    for (const name of [kernelPackage, ...PACKAGES]) debian.unpackPackage(name, packages, root);
    const kernelVersion = kernelPackage.replace('linux-image-', '');
    const guest = join(aside, 'guest');
    mkdirSync(guest);
    const vmlinuz = readFileSync(join(root, 'boot', `vmlinuz-${kernelVersion}`));
    writeFileSync(join(guest, 'vmlinux'), uncompressedKernel(vmlinuz));
    const tree = guestTree({ root, kernelVersion, node: process.execPath, init: INIT });
    writeFileSync(join(guest, 'initramfs.cpio'), cpioArchive(tree));
    writeFileSync(join(guest, 'description'), `Node ${process.version} on Linux ${kernelVersion}`);
    if (!existsSync(folder)) renameSync(guest, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
