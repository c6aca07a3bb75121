import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RigUnavailable } from './unavailable.ts';

/** Depends on the kernel package of the day. */
const KERNEL_ALIAS = 'linux-image-amd64';
/** As its own user apt may not enter the home of root; a server that does not answer is given up soon. */
const OPTIONS = ['APT::Sandbox::User=root', 'Acquire::Retries=1', 'Acquire::http::Timeout=30'];
const APT = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
/** What it prints goes to a pipe; a package's own output may be long. */
const MOST_OUTPUT_BYTES = 16 << 20;

function hasCommand(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

/** @throws RigUnavailable unless this is an x86-64 Linux with apt, and the user is root */
export function requireDebian(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new RigUnavailable(`it needs Linux on x86-64, this is ${process.platform} on ${process.arch}`);
  }
  if (process.getuid?.() !== 0) throw new RigUnavailable('it needs root, to install QEMU and to share folders with it');
  if (!hasCommand('apt-get') || !hasCommand('dpkg-deb')) {
    throw new RigUnavailable('it needs a Debian with apt-get and dpkg-deb');
  }
}

/**
 * Installs the packages whose command is not there yet.
 *
 * @param packages package by command
 * @throws RigUnavailable when that fails
 */
export function installCommands(packages: Readonly<Record<string, string>>): void {
  const missing = Object.entries(packages).filter(([command]) => !hasCommand(command));
  if (missing.length === 0) return;
  const names = missing.map(([, name]) => name);
  updateLists();
  apt(['install', '-y', '-qq', '--no-install-recommends', ...names]);
}

/** @throws RigUnavailable when the lists of packages cannot be fetched */
export function updateLists(): void {
  apt(['update', '-qq']);
}

/** The package with the newest kernel, for example `linux-image-6.1.0-56-amd64`. @throws RigUnavailable when there is none */
export function kernelPackage(): string {
  const { stdout } = spawnSync('apt-cache', ['depends', KERNEL_ALIAS], { encoding: 'utf8', env: APT });
  const name = /Depends: (linux-image-\d\S+)/.exec(stdout)?.[1];
  if (name === undefined) throw new RigUnavailable(`expected the package ${KERNEL_ALIAS} of Debian, apt knows none`);
  return name;
}

/** Downloads packages into a folder; those that are there are kept. @throws RigUnavailable when one cannot be fetched */
export function downloadPackages(names: readonly string[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  apt(['download', '-qq', ...names], folder);
}

/** Unpacks a downloaded package into a folder. */
export function unpackPackage(name: string, from: string, to: string): void {
  const file = newestOf(readdirSync(from).filter((each) => each.startsWith(`${name}_`) && each.endsWith('.deb')));
  if (file === undefined) throw new Error(`expected a package ${name} in ${from}`);
  const { status, stderr } = spawnSync('dpkg-deb', ['-x', join(from, file), to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`expected dpkg-deb to unpack ${file}: ${stderr.trim()}`);
}

function newestOf(files: readonly string[]): string | undefined {
  return [...files].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
}

function apt(args: readonly string[], folder?: string): void {
  const { status, stderr, error } = spawnSync('apt-get', [...OPTIONS.flatMap((option) => ['-o', option]), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: APT,
    maxBuffer: MOST_OUTPUT_BYTES,
  });
  if (status === 0) return;
  const why = error === undefined ? stderr.trim().split('\n').slice(-3).join('; ') : error.message;
  throw new RigUnavailable(`apt-get ${args.join(' ')} failed: ${why}`);
}
