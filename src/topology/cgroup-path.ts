/**
 * Where the control groups of this process lie in the file system. `/proc/self/cgroup` names the groups, as seen from
 * the process's cgroup namespace; `/proc/self/mountinfo` names the mounts and which part of a hierarchy each shows.
 * Both are needed: in a container the group may be called `/docker/1f…` while the mount shows exactly that group as its
 * top. Formats: cgroups(7), proc_pid_mountinfo(5).
 */
import { readText } from './fs-text.ts';

/** The directories that hold one controller's files for this process, outermost first. */
export interface ControllerPath {
  readonly version: 1 | 2;
  readonly directories: readonly string[];
}

interface Membership {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  readonly path: string;
}

interface Mount {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  /** The group that is the top of this mount. */
  readonly top: string;
  readonly directory: string;
}

/** Every place below `root` where a limit of `controller` on this process may stand; empty when there is none. */
export function controllerPaths(controller: string, root: string): ControllerPath[] {
  const mounts = mountsBelow(root);
  return pathsIn(mounts.length > 0 ? mounts : conventionalMounts(controller), controller, root);
}

/** The same without a guess: empty where the process may not read its mountinfo. */
export function mountedPaths(controller: string, root: string): ControllerPath[] {
  return pathsIn(mountsBelow(root), controller, root);
}

function mountsBelow(root: string): Mount[] {
  return parseMounts(readText(root, 'proc/self/mountinfo') ?? '');
}

function pathsIn(visible: readonly Mount[], controller: string, root: string): ControllerPath[] {
  return parseMemberships(readText(root, 'proc/self/cgroup') ?? '')
    .filter(({ version, controllers }) => version === 2 || controllers.includes(controller))
    .flatMap((membership) => pathsOf(membership, controller, visible));
}

function pathsOf({ version, path }: Membership, controller: string, mounts: readonly Mount[]): ControllerPath[] {
  const candidates = mounts.filter(
    (mount) => mount.version === version && (version === 2 || mount.controllers.includes(controller)),
  );
  const exact = candidates.flatMap((mount) => {
    const below = stepsBelow(mount.top, path);
    return below === null ? [] : [{ version, directories: chain(mount.directory, below) }];
  });
  if (exact.length > 0 || climbs(path)) return exact;
  // The mount's top cannot be compared with the path, as when another namespace mounted it: its top is an ancestor.
  return candidates.map(({ directory }) => ({ version, directories: [directory] }));
}

/** The steps that lead from the group `top` down to `path`; null when `path` is not below `top`. */
function stepsBelow(top: string, path: string): string[] | null {
  const above = steps(top);
  const all = steps(path);
  const below = all.slice(above.length);
  return above.every((step, i) => step === all[i]) && !below.includes('..') ? below : null;
}

/** `directory` and each directory on the way down. */
function chain(directory: string, below: readonly string[]): string[] {
  return [directory, ...below.map((_, i) => [directory, ...below.slice(0, i + 1)].join('/'))];
}

function steps(path: string): string[] {
  return path.split('/').filter((step) => step !== '' && step !== '.');
}

/** A group outside this process's cgroup namespace is shown as `/../…`: no mount of the namespace shows it. */
function climbs(path: string): boolean {
  return steps(path).includes('..');
}

function parseMemberships(text: string): Membership[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+):([^:]*):(.+)$/.exec(line);
    if (match === null) return [];
    const [, hierarchy = '', controllers = '', path = ''] = match;
    const version = hierarchy === '0' && controllers === '' ? 2 : 1;
    return [{ version, controllers: controllers.split(','), path }];
  });
}

function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\d+ \d+ \S+ (\S+) (\S+) .* - cgroup(2?) \S+ (\S+)$/.exec(line);
    if (match === null) return [];
    const [, top = '', directory = '', two, options = ''] = match;
    const version = two === '2' ? 2 : 1;
    return [{ version, controllers: options.split(','), top: unescape(top), directory: unescape(directory) }];
  });
}

/** mountinfo writes space, tab, newline and backslash as three octal digits. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Where distributions mount the hierarchies, for a process that may not read its mountinfo. */
function conventionalMounts(controller: string): Mount[] {
  const mount = (version: 1 | 2, directory: string): Mount => ({
    version,
    controllers: [controller],
    top: '/',
    directory,
  });
  const base = '/sys/fs/cgroup';
  return [
    mount(2, base),
    mount(2, `${base}/unified`),
    mount(1, `${base}/${controller}`),
    mount(1, `${base}/cpu,cpuacct`),
  ];
}
