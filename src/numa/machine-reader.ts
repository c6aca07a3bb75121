import { verifyProcess } from '../affinity/verify.ts';
import { MigrationCounter } from './migration-counter.ts';
import type { NodeDistances } from './node-distances.ts';
import { type Numastat, pagesSince, readNumastat, sumOf } from './numastat.ts';
import { type BytesByNode, type MappingFilter, readResidency, readResidencyLater } from './residency.ts';
import { readThreadMigrations, threadsOf } from './thread-migrations.ts';

/** A node process, as whoever started it knows it. */
export interface NodeState {
  /** Id of the node. */
  readonly id: number;
  readonly pid: number;
  /** Worker threads. */
  readonly workers: number;
  /** CPUs it may run on, ascending. */
  readonly cpus: readonly number[];
  /** Whether it was seen to be kept on them. */
  readonly pinned: boolean;
}

/** Who has node processes. */
export interface NodeSource {
  /** Those that run now. */
  nodes(): readonly NodeState[];
}

/** What is read of threads and nodes; null = the kernel does not tell. */
export interface ThreadReading {
  readonly threadMigrations: number | null;
  readonly numaMisses: number | null;
  /** Lowest share of the threads of a pinned process that may run on no other CPUs. */
  readonly affinity: number | null;
}

/** What is read of memory, which takes long; null = the kernel does not tell. */
export interface MemoryReading {
  /** Of each process that was there, by its pid. */
  readonly residentBytes: ReadonlyMap<number, BytesByNode>;
  /** Lowest share of memory that is where its process is, weighed by distance. */
  readonly residency: number | null;
}

/** Smaller mappings say nothing of where tasks have their memory: stacks, tables of libraries. */
const FILTER: MappingFilter = { minimumBytes: 2 ** 20 };

/** Reads what the kernel tells of node processes. Counts begin when it is made. */
export class MachineReader {
  readonly #root: string;
  readonly #nodeIds: readonly number[];
  readonly #distances: NodeDistances;
  readonly #migrations = new MigrationCounter();
  readonly #firstPages: Numastat | null;

  /** @param root directory that holds `proc/` and `sys/` */
  constructor(nodeIds: readonly number[], distances: NodeDistances, root: string) {
    this.#root = root;
    this.#nodeIds = nodeIds;
    this.#distances = distances;
    this.#firstPages = readNumastat(nodeIds, root);
  }

  readThreads(nodes: readonly NodeState[] | undefined): ThreadReading {
    return {
      threadMigrations: this.#countMigrations(nodes),
      numaMisses: this.#countMisses(),
      affinity: lowest((nodes ?? []).map((node) => this.#insideShare(node))),
    };
  }

  /** For whoever wants to know at once. */
  readMemory(nodes: readonly NodeState[]): MemoryReading {
    const bytes = nodes.map(({ pid }) => readResidency(pid, FILTER, this.#root));
    return this.#memoryOf(nodes, bytes);
  }

  /** As readMemory, one process after the other, while this thread does something else. */
  async readMemoryLater(nodes: readonly NodeState[]): Promise<MemoryReading> {
    const bytes: (BytesByNode | null)[] = [];
    for (const { pid } of nodes) bytes.push(await readResidencyLater(pid, FILTER, this.#root));
    return this.#memoryOf(nodes, bytes);
  }

  #memoryOf(nodes: readonly NodeState[], bytesOf: readonly (BytesByNode | null)[]): MemoryReading {
    const residentBytes = new Map<number, BytesByNode>();
    const shares: number[] = [];
    nodes.forEach(({ id, pid }, at) => {
      const bytes = bytesOf[at] ?? null;
      if (bytes === null) return;
      residentBytes.set(pid, bytes);
      shares.push(this.#residencyOf(id, bytes));
    });
    return { residentBytes, residency: lowest(shares) };
  }

  // Where nobody has node processes the threads are those of this one.
  #countMigrations(nodes: readonly NodeState[] | undefined): number | null {
    const pids = nodes?.map(({ pid }) => pid) ?? [process.pid];
    for (const pid of pids) this.#migrations.observe(pid, readThreadMigrations(pid, this.#root));
    this.#migrations.keep(pids);
    return this.#migrations.total;
  }

  #countMisses(): number | null {
    const now = this.#firstPages === null ? null : readNumastat(this.#nodeIds, this.#root);
    return now === null || this.#firstPages === null ? null : sumOf(pagesSince(this.#firstPages, now), 'miss');
  }

  #residencyOf(id: number, bytes: BytesByNode): number {
    const from = this.#distances.indexOf(id);
    if (from === undefined) return NaN;
    let all = 0;
    let weight = 0;
    for (const [node, each] of bytes) {
      all += each;
      weight += each * this.#distances.memoryWeight(from, node);
    }
    return weight / all; // NaN when there is nothing yet
  }

  #insideShare({ pid, cpus, pinned }: NodeState): number {
    if (!pinned) return NaN;
    const { cpus: mask, strayThreads } = verifyProcess(pid, cpus, this.#root);
    const threads = mask === null ? 0 : threadsOf(pid, this.#root).length;
    return threads === 0 ? NaN : Math.max(0, 1 - strayThreads.length / threads);
  }
}

// NaN: not known, of that one.
function lowest(shares: readonly number[]): number | null {
  const known = shares.filter((share) => !Number.isNaN(share));
  return known.length === 0 ? null : Math.min(...known);
}
