import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { availableCpus } from '../../src/topology/available.ts';

/** Two CPUs that this process may use; undefined where it has fewer. */
export function twoCpus(): readonly [number, number] | undefined {
  const [first, second] = availableCpus().cpus ?? [];
  return first === undefined || second === undefined ? undefined : [first, second];
}

/**
 * This machine, as if each of two CPUs were a node of its own: processes are pinned for real, and what the kernel tells of them is
 * real. The files about nodes are the test's.
 */
export class TwoNodes {
  readonly root = mkdtempSync(join(tmpdir(), 'tallyio nodes '));
  readonly cpus: readonly [number, number];

  /** @param ids of the nodes */
  constructor(cpus: readonly [number, number], ids: readonly [number, number] = [0, 1]) {
    this.cpus = cpus;
    symlinkSync('/proc', join(this.root, 'proc'));
    this.write('cpu/online', cpus.join());
    this.write('node/online', ids.join());
    for (const [n, cpu] of cpus.entries()) {
      const node = `node/node${String(ids[n])}`;
      this.write(`${node}/cpulist`, String(cpu));
      this.write(`${node}/distance`, n === 0 ? '10 20' : '20 10');
      this.write(`${node}/meminfo`, `Node ${String(ids[n])} MemTotal: 1000000 kB`);
      for (const file of ['thread_siblings_list', 'core_siblings_list']) {
        this.write(`cpu/cpu${String(cpu)}/topology/${file}`, String(cpu));
      }
    }
  }

  /** Writes a file below `sys/devices/system`. */
  write(path: string, text: string): void {
    const file = join(this.root, 'sys/devices/system', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
  }

  end(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The CPUs that a process may run on, as the kernel writes them. */
export function masksOf(pid: number): string {
  return /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? '';
}
