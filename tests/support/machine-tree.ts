import { formatCpuList } from '../../src/topology/cpulist.ts';

/** A hardware thread, and what it shares with others: equal numbers are one core, package, cache. */
export interface MachineCpu {
  readonly number: number;
  readonly online: boolean;
  /** Of all packages. */
  readonly core: number;
  readonly package: number;
  /** Its last-level cache; null: the machine does not tell. */
  readonly cache: number | null;
  /** Ids of the nodes that claim it; empty: an orphan. */
  readonly nodes: readonly number[];
  readonly kind: 'performance' | 'efficiency';
}

/** A machine, and what a process may use of it. */
export interface Machine {
  readonly cpus: readonly MachineCpu[];
  /** By ascending id; empty: a kernel without NUMA. */
  readonly nodes: readonly { readonly id: number; readonly memoryKiB: number | null }[];
  /** From each node to each; null: not told. */
  readonly distances: readonly (readonly number[])[] | null;
  readonly isolated: readonly number[];
  /** null: nobody tells. */
  readonly allowedCpus: readonly number[] | null;
  readonly allowedNodes: readonly number[] | null;
  /** In CPUs; null: none. */
  readonly quota: number | null;
}

/** How a kernel writes what it knows. */
export interface KernelStyle {
  readonly nodeOnline: boolean;
  readonly nodeSets: 'cpulist' | 'cpumap';
  /** CPUs that are offline stay in the list of their node. */
  readonly nodesKeepOffline: boolean;
  readonly cpuOnline: 'list' | 'folders' | 'cpuinfo';
  readonly siblings: 'core_cpus_list' | 'thread_siblings_list' | 'core_cpus' | 'thread_siblings';
  readonly limits: 'status' | 'cgroup2' | 'cpuset1' | 'noprefix';
  readonly caches: 'shared_cpu_list' | 'shared_cpu_map';
  readonly kinds: 'units' | 'capacity' | 'none';
  /** Sets end with a NUL byte. */
  readonly nul: boolean;
  /** Words of zeros in front of each mask. */
  readonly zeroWords: number;
}

/** A kernel of today. */
export const MODERN: KernelStyle = {
  nodeOnline: true,
  nodeSets: 'cpulist',
  nodesKeepOffline: false,
  cpuOnline: 'list',
  siblings: 'core_cpus_list',
  limits: 'status',
  caches: 'shared_cpu_list',
  kinds: 'none',
  nul: false,
  zeroWords: 0,
};

const CPU = 'sys/devices/system/cpu';
const NODE = 'sys/devices/system/node';
const PACKAGE_FILE = {
  core_cpus_list: 'package_cpus_list',
  thread_siblings_list: 'core_siblings_list',
  core_cpus: 'package_cpus',
  thread_siblings: 'core_siblings',
};

type Files = Record<string, string>;

/** The files of a machine as a kernel of this style has them: path → text. */
export function filesOf(machine: Machine, style: KernelStyle = MODERN): Files {
  const write = new Writer(style);
  return {
    'proc/version': 'Linux\n',
    ...write.cpus(machine),
    ...write.nodes(machine),
    ...write.limits(machine),
    ...write.kinds(machine),
  };
}

class Writer {
  readonly #style: KernelStyle;

  constructor(style: KernelStyle) {
    this.#style = style;
  }

  cpus({ cpus, isolated }: Machine): Files {
    const online = cpus.filter((cpu) => cpu.online);
    const files: Files = { [`${CPU}/isolated`]: this.#list(isolated) };
    if (this.#style.cpuOnline === 'list') files[`${CPU}/online`] = this.#list(online.map(({ number }) => number));
    if (this.#style.cpuOnline === 'cpuinfo') {
      // Without folders nothing is known of cores: only for machines of one thread a core.
      return {
        'proc/cpuinfo': online.map(({ number }) => `processor\t: ${String(number)}\nflags\t: fpu\n`).join('\n'),
      };
    }
    for (const cpu of cpus) Object.assign(files, this.#cpu(cpu, cpus));
    return files;
  }

  nodes({ nodes, cpus, distances }: Machine): Files {
    const files: Files = {};
    if (nodes.length > 0) files[`${NODE}/possible`] = '0-63\n';
    if (nodes.length > 0 && this.#style.nodeOnline) files[`${NODE}/online`] = this.#list(nodes.map(({ id }) => id));
    nodes.forEach(({ id, memoryKiB }, i) => {
      const folder = `${NODE}/node${String(id)}`;
      const own = cpus.filter((cpu) => cpu.nodes.includes(id) && (cpu.online || this.#style.nodesKeepOffline));
      files[`${folder}/${this.#style.nodeSets}`] = this.#set(this.#style.nodeSets, own);
      if (memoryKiB !== null) files[`${folder}/meminfo`] = meminfo(id, memoryKiB);
      if (distances !== null) files[`${folder}/distance`] = `${(distances[i] ?? []).join(' ')}\n`;
    });
    return files;
  }

  limits({ cpus, allowedCpus, allowedNodes, quota }: Machine): Files {
    // The masks of a process name CPUs that are offline as well.
    const offline = cpus.filter(({ online }) => !online).map(({ number }) => number);
    const cpuList = allowedCpus === null ? null : formatCpuList([...allowedCpus, ...offline]);
    const memList = allowedNodes === null ? null : formatCpuList(allowedNodes);
    switch (this.#style.limits) {
      case 'status':
        return { ...status(cpuList, memList), ...cgroup2({ 'cpu.max': maxOf(quota) }) };
      case 'cgroup2':
        return cgroup2({ 'cpu.max': maxOf(quota), 'cpuset.cpus.effective': cpuList, 'cpuset.mems.effective': memList });
      case 'cpuset1':
        return cpuset1('rw,cpuset', { 'cpuset.cpus': cpuList, 'cpuset.effective_mems': memList });
      case 'noprefix':
        return cpuset1('rw,cpuset,noprefix', { cpus: cpuList, mems: memList });
    }
  }

  kinds({ cpus }: Machine): Files {
    if (this.#style.kinds === 'capacity') {
      return Object.fromEntries(
        cpus.map(({ number, kind }) => [
          `${CPU}/cpu${String(number)}/cpu_capacity`,
          kind === 'performance' ? '1024\n' : '446\n',
        ]),
      );
    }
    if (this.#style.kinds === 'none') return {};
    const of = (wanted: MachineCpu['kind']): string =>
      this.#list(cpus.filter(({ kind }) => kind === wanted).map(({ number }) => number));
    return { 'sys/devices/cpu_core/cpus': of('performance'), 'sys/devices/cpu_atom/cpus': of('efficiency') };
  }

  #cpu(cpu: MachineCpu, all: readonly MachineCpu[]): Files {
    const folder = `${CPU}/cpu${String(cpu.number)}`;
    const files: Files = { [`${folder}/uevent`]: 'DRIVER=processor\n' };
    const online = all.filter((other) => other.online);
    // The first CPU often cannot be switched off, and has no such file.
    if (cpu !== all[0] || !cpu.online) files[`${folder}/online`] = cpu.online ? '1\n' : '0\n';
    if (!cpu.online) return files;
    const { siblings, caches } = this.#style;
    const packageFile = PACKAGE_FILE[siblings];
    files[`${folder}/topology/${siblings}`] = this.#set(
      siblings,
      online.filter(({ core }) => core === cpu.core),
    );
    files[`${folder}/topology/${packageFile}`] = this.#set(
      packageFile,
      online.filter((other) => other.package === cpu.package),
    );
    files[`${folder}/topology/physical_package_id`] = '-1\n';
    if (cpu.cache === null) return files;
    const cache = (index: number, level: number, type: string, sharing: readonly MachineCpu[]): Files => ({
      [`${folder}/cache/index${String(index)}/level`]: `${String(level)}\n`,
      [`${folder}/cache/index${String(index)}/type`]: `${type}\n`,
      [`${folder}/cache/index${String(index)}/size`]: `${String(level * 512)}K\n`,
      [`${folder}/cache/index${String(index)}/${caches}`]: this.#set(caches, sharing),
    });
    Object.assign(files, cache(0, 1, 'Data', [cpu]), cache(1, 1, 'Instruction', [cpu]));
    return Object.assign(
      files,
      cache(
        2,
        2,
        'Unified',
        online.filter((other) => other.cache === cpu.cache),
      ),
    );
  }

  #set(file: string, cpus: readonly MachineCpu[]): string {
    const numbers = cpus.map(({ number }) => number);
    return file.endsWith('list') ? this.#list(numbers) : this.#mask(numbers);
  }

  #list(numbers: readonly number[]): string {
    return `${formatCpuList(numbers)}\n${this.#style.nul ? '\0' : ''}`;
  }

  #mask(numbers: readonly number[]): string {
    const bits = numbers.reduce((mask, number) => mask | (1n << BigInt(number)), 0n).toString(16);
    // The first word is as narrow as it comes.
    const words = bits.match(/.{1,8}(?=(?:.{8})*$)/g) ?? [];
    const padded = this.#style.zeroWords > 0 ? words.map((word) => word.padStart(8, '0')) : words;
    const zeros = Array.from({ length: this.#style.zeroWords }, (_, i) => (i === 0 ? '0000' : '00000000'));
    return `${[...zeros, ...padded].join(',')}\n${this.#style.nul ? '\0' : ''}`;
  }
}

function meminfo(id: number, kiB: number): string {
  const node = `Node ${String(id)}`;
  return `\n${node} MemTotal:    ${String(kiB)} kB\n${node} MemFree:     1 kB\n${node} HugePages_Total:     0\n`;
}

function status(cpus: string | null, mems: string | null): Files {
  const lines = [
    'Name:\tnode',
    ...(cpus === null ? [] : ['Cpus_allowed:\tff', `Cpus_allowed_list:\t${cpus}`]),
    ...(mems === null ? [] : ['Mems_allowed:\t1', `Mems_allowed_list:\t${mems}`]),
  ];
  return { 'proc/self/status': `${lines.join('\n')}\nThreads:\t7\n` };
}

function maxOf(quota: number | null): string {
  return quota === null ? 'max 100000' : `${String(Math.round(quota * 100_000))} 100000`;
}

function cgroup2(files: Readonly<Record<string, string | null>>): Files {
  return {
    'proc/self/cgroup': '0::/job\n',
    'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n',
    ...group('sys/fs/cgroup/job', files),
  };
}

function cpuset1(options: string, files: Readonly<Record<string, string | null>>): Files {
  return {
    'proc/self/cgroup': '3:cpuset:/job\n',
    'proc/self/mountinfo': `34 31 0:31 / /dev/cpuset rw - cgroup none ${options}\n`,
    ...group('dev/cpuset/job', files),
  };
}

function group(folder: string, files: Readonly<Record<string, string | null>>): Files {
  const told = Object.entries(files).filter(([, text]) => text !== null);
  return Object.fromEntries(told.map(([name, text]) => [`${folder}/${name}`, `${text ?? ''}\n`]));
}
