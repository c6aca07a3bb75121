import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Ticker } from '../../../src/numa/ticker.ts';
import { formatCpuList } from '../../../src/topology/cpulist.ts';
import type { Topology, TopologyNode } from '../../../src/topology/topology.ts';

/** Nodes of two CPUs each, those of node i being 2 i and 2 i + 1. */
export function topologyOf(nodes: readonly Partial<TopologyNode>[], more: Partial<Topology> = {}): Topology {
  const whole = nodes.map((node, index): TopologyNode => {
    const cpus = node.cpus ?? [2 * index, 2 * index + 1];
    return { id: index, cpus, usableCpus: cpus, memoryKiB: 1024, distances: null, ...node };
  });
  const all = whole.flatMap(({ cpus }) => cpus);
  return {
    source: 'sysfs',
    nodes: whole,
    onlineCpus: all,
    allowedCpus: all,
    allowedNodes: whole.map(({ id }) => id),
    isolatedCpus: [],
    packages: 1,
    cores: all.length,
    smt: false,
    cpuQuota: null,
    coreCpus: all.map((cpu) => [cpu]),
    caches: [],
    cpuKinds: [],
    warnings: [],
    ...more,
  };
}

/** The files of a machine with node processes, as the kernel would show them. */
export class NumaTree {
  readonly root = mkdtempSync(join(tmpdir(), 'tallyio numa '));

  /** A thread that was moved so often and may run on these CPUs. */
  thread(pid: number, tid: number, migrations: number, cpus: readonly number[]): void {
    this.write(`proc/${String(pid)}/task/${String(tid)}/sched`, `se.nr_migrations : ${String(migrations)}\n`);
    this.write(
      `proc/${String(pid)}/task/${String(tid)}/status`,
      `Name:\tnode\nCpus_allowed_list:\t${formatCpuList(cpus)}\n`,
    );
  }

  /** MiB of memory by node. */
  memory(pid: number, mebibytes: Readonly<Record<number, number>>): void {
    const words = Object.entries(mebibytes).map(([node, count]) => `N${node}=${String(count * 256)}`);
    const lines = [
      '55a0a0000000 default file=/usr/bin/node mapped=4000 N0=4000 kernelpagesize_kB=4',
      `7f0000000000 default anon=1 ${words.join(' ')} kernelpagesize_kB=4`,
      '7f9000000000 default stack anon=5 N0=5 kernelpagesize_kB=4',
    ];
    this.write(`proc/${String(pid)}/numa_maps`, `${lines.join('\n')}\n`);
  }

  misses(node: number, count: number): void {
    const text = `numa_hit 9\nnuma_miss ${String(count)}\nnuma_foreign 0\ninterleave_hit 0\nlocal_node 9\nother_node 0\n`;
    this.write(`sys/devices/system/node/node${String(node)}/numastat`, text);
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.root, dirname(path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  remove(path = ''): void {
    rmSync(join(this.root, path), { recursive: true });
  }
}

/** Time that passes when a test says so, and with each look at the clock. */
export class TestTicker implements Ticker {
  /** How much later it is at each of the next looks, in ms; then no later at all. */
  laterMs: number[] = [];
  now = 1_000_000;
  /** How many calls were ever planned. */
  plans = 0;
  #planned: { readonly delayMs: number; readonly callback: () => unknown } | undefined;

  nowMs(): number {
    this.now += this.laterMs.shift() ?? 0;
    return this.now;
  }

  later(delayMs: number, callback: () => unknown): () => void {
    this.#planned = { delayMs, callback };
    ++this.plans;
    return () => {
      this.#planned = undefined;
    };
  }

  /** Until the next call, in ms; undefined when there is none. */
  get delayMs(): number | undefined {
    return this.#planned?.delayMs;
  }

  /** Calls what is planned, when it is due, and waits for it. */
  async fire(): Promise<void> {
    const planned = this.#planned;
    this.#planned = undefined;
    if (planned === undefined) throw new Error('expected a timer, none runs');
    this.now += planned.delayMs;
    await planned.callback();
  }
}
