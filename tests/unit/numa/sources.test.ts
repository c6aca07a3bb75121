import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MigrationCounter } from '../../../src/numa/migration-counter.ts';
import { pagesSince, readNumastat, sumOf } from '../../../src/numa/numastat.ts';
import { parseNumaMaps, readResidency } from '../../../src/numa/residency.ts';
import { parseSchedule, readThreadMigrations } from '../../../src/numa/thread-migrations.ts';
import { withFileTree } from '../topology/file-tree.ts';

const seed = Date.now() | 0;
console.log(`# seed ${String(seed)}`);

const GARBAGE = [
  '',
  '\n',
  '\0\0\0',
  'nr_migrations',
  'nr_migrations : x',
  ': 1',
  'N0=4',
  'numa_hit',
  '\uFFFD'.repeat(99),
];

/** As Linux 6.1 prints it. */
function schedOf(migrations: number): string {
  return [
    'node (4711, #threads: 11)',
    '-------------------------------------------------------------------',
    'se.exec_start                                :      12023697.537661',
    `se.nr_migrations                             :${String(migrations).padStart(21)}`,
    'nr_switches                                  :                    1',
    'mm->numa_scan_seq                            :                    9',
    'numa_pages_migrated                          :                   12',
    'numa_preferred_nid                           :                   -1',
    'total_numa_faults                            :                   70',
    'current_node=0, numa_group_id=0',
    'numa_faults node=0 task_private=40 task_shared=2 group_private=9 group_shared=9',
    'numa_faults node=3 task_private=0 task_shared=28 group_private=9 group_shared=9',
    '',
  ].join('\n');
}

describe('thread migrations', () => {
  it('reads what the kernel tells of each thread', () => {
    const files = { 'proc/7/task/7/sched': schedOf(5), 'proc/7/task/12/sched': schedOf(2), 'proc/7/task/x/sched': '' };
    withFileTree(files, (root) => {
      const threads = readThreadMigrations(7, root);
      assert.deepEqual([...(threads?.keys() ?? [])], [7, 12]);
      assert.deepEqual(threads?.get(7), {
        migrations: 5,
        numaPagesMigrated: 12,
        preferredNode: null,
        numaFaults: 70,
        faultsByNode: new Map([
          [0, 42],
          [3, 28],
        ]),
      });
    });
  });

  it('knows the names of other kernels', () => {
    assert.equal(parseSchedule('nr_migrations : 3')?.migrations, 3);
    assert.equal(parseSchedule('se.nr_migrations:4')?.migrations, 4);
    assert.equal(parseSchedule('p->se.nr_migrations  :  5')?.migrations, 5);
    assert.equal(parseSchedule('numa_preferred_nid : 2\nnr_migrations : 0')?.preferredNode, 2);
    assert.equal(parseSchedule('se.nr_migrations : 1')?.numaFaults, null, 'a kernel without NUMA balancing');
  });

  it('is null when the kernel does not tell, and never 0', () => {
    withFileTree({ 'proc/7/task/7/stat': '' }, (root) => {
      assert.equal(readThreadMigrations(7, root), null);
      assert.equal(readThreadMigrations(8, root), null, 'no such process');
    });
    for (const text of GARBAGE) assert.equal(parseSchedule(text), null, JSON.stringify(text));
  });

  it('a thread that ends while it is read is left out', () => {
    withFileTree({ 'proc/7/task/7/sched': schedOf(5), 'proc/7/task/8/comm': 'gone' }, (root) => {
      assert.deepEqual([...(readThreadMigrations(7, root)?.keys() ?? [])], [7]);
    });
  });
});

describe('MigrationCounter', () => {
  const threads = (
    moves: Readonly<Record<number, number | null>>,
  ): NonNullable<ReturnType<typeof readThreadMigrations>> =>
    new Map(
      Object.entries(moves).map(([tid, migrations]) => [
        Number(tid),
        { migrations, numaPagesMigrated: null, preferredNode: null, numaFaults: null, faultsByNode: new Map() },
      ]),
    );

  it('counts from when a process was first seen', () => {
    const counter = new MigrationCounter();
    assert.equal(counter.total, null);
    counter.observe(1, threads({ 1: 10, 2: 20 }));
    assert.equal(counter.total, 0);
    counter.observe(1, threads({ 1: 13, 2: 20 }));
    counter.observe(2, threads({ 9: 100 }));
    assert.equal(counter.total, 3);
  });

  it('threads that come count whole, those that go keep what they had, an id that is used again begins anew', () => {
    const counter = new MigrationCounter();
    counter.observe(1, threads({ 1: 0, 2: 50 }));
    counter.observe(1, threads({ 1: 0, 3: 4 }));
    assert.equal(counter.total, 4);
    counter.observe(1, threads({ 1: 0, 3: 2 }));
    assert.equal(counter.total, 6);
  });

  it('what the kernel does not tell changes nothing', () => {
    const counter = new MigrationCounter();
    counter.observe(1, null);
    counter.observe(1, threads({ 1: null }));
    assert.equal(counter.total, null);
    counter.observe(1, threads({ 1: 5 }));
    counter.observe(1, null);
    counter.observe(1, threads({ 1: 6 }));
    assert.equal(counter.total, 1);
  });

  it('a process that is forgotten begins anew, and the total stays', () => {
    const counter = new MigrationCounter();
    counter.observe(1, threads({ 1: 5 }));
    counter.observe(1, threads({ 1: 8 }));
    counter.keep([2]);
    counter.observe(1, threads({ 1: 9 }));
    assert.equal(counter.total, 3);
  });
});

describe('residency', () => {
  const MAPS = [
    '55a0a0000000 default file=/usr/bin/node mapped=4000 N0=4000 kernelpagesize_kB=4',
    '55a0a4000000 default heap anon=100 dirty=100 N0=40 N1=60 kernelpagesize_kB=4',
    '7f0000000000 bind:1 anon=3 dirty=3 N1=3 kernelpagesize_kB=2048',
    '7f1000000000 prefer:1 file=/memfd:wasm\\040(deleted) dirty=10 N2=10 kernelpagesize_kB=4',
    '7f2000000000 default',
    '7ffc00000000 default stack anon=5 dirty=5 N0=5 kernelpagesize_kB=4',
    '',
  ].join('\n');
  const KIB = 1024;

  it('sums pages by their size, without program text', () => {
    assert.deepEqual(
      parseNumaMaps(MAPS),
      new Map([
        [0, 45 * 4 * KIB],
        [1, 60 * 4 * KIB + 3 * 2048 * KIB],
        [2, 40 * KIB],
      ]),
    );
  });

  it('counts mappings of a size and files where that is asked for', () => {
    assert.deepEqual(parseNumaMaps(MAPS, { minimumBytes: KIB ** 2 }), new Map([[1, 6 * KIB ** 2]]));
    assert.equal(parseNumaMaps(MAPS, { files: true })?.get(0), 4045 * 4 * KIB);
  });

  it('is null when the kernel does not tell, and empty when nothing is in memory', () => {
    for (const text of GARBAGE) assert.equal(parseNumaMaps(text), null, JSON.stringify(text));
    assert.deepEqual(parseNumaMaps('7f2000000000 default\n'), new Map());
    withFileTree({ 'proc/7/numa_maps': MAPS }, (root) => {
      assert.equal(readResidency(8, {}, root), null);
      assert.deepEqual(readResidency(7, {}, root), parseNumaMaps(MAPS));
    });
  });

  it('a file that ends in the middle of a line is read as far as it goes', () => {
    assert.deepEqual(parseNumaMaps(MAPS.slice(0, MAPS.indexOf('7f0000000000') + 20))?.get(1), 60 * 4 * KIB);
  });

  it('reads back what was written, however mappings and nodes are cut', () => {
    const mapping = fc.record({
      pages: fc.dictionary(fc.nat(200).map(String), fc.nat(1000), { maxKeys: 4 }),
      kib: fc.constantFrom(4, 64, 2048, 1048576),
    });
    const property = fc.property(fc.array(mapping, { minLength: 1 }), (mappings) => {
      const expected = new Map<number, number>();
      const lines = mappings.map(({ pages, kib }, index) => {
        const words = Object.entries(pages).map(([node, count]) => {
          expected.set(Number(node), (expected.get(Number(node)) ?? 0) + count * kib * 1024);
          return `N${node}=${String(count)}`;
        });
        const address = (0x7f0000000000 + index * 4096).toString(16);
        return [address, 'default', 'anon=1', ...words, `kernelpagesize_kB=${String(kib)}`].join(' ');
      });
      assert.deepEqual(Object.fromEntries(parseNumaMaps(lines.join('\n')) ?? []), Object.fromEntries(expected));
    });
    fc.assert(property, { seed });
  });
});

describe('numastat', () => {
  const textOf = (hit: number, miss: number): string =>
    `numa_hit ${String(hit)}\nnuma_miss ${String(miss)}\nnuma_foreign 3\ninterleave_hit 4\nlocal_node 5\nother_node 6\n`;
  const fileOf = (node: number): string => `sys/devices/system/node/node${String(node)}/numastat`;

  it('reads the counters of each node', () => {
    withFileTree({ [fileOf(0)]: textOf(1, 2), [fileOf(33)]: textOf(10, 20) }, (root) => {
      const stats = readNumastat([0, 1, 33], root);
      assert.ok(stats !== null);
      assert.deepEqual(stats.get(0), { hit: 1, miss: 2, foreign: 3, interleaveHit: 4, local: 5, other: 6 });
      assert.deepEqual([...stats.keys()], [0, 33]);
      assert.equal(sumOf(stats, 'miss'), 22);
    });
  });

  it('is null when the kernel does not tell, and never 0', () => {
    for (const text of GARBAGE) {
      withFileTree({ [fileOf(0)]: text }, (root) => {
        assert.equal(readNumastat([0], root), null, JSON.stringify(text));
      });
    }
    withFileTree({ [fileOf(0)]: textOf(1, 2) }, (root) => {
      assert.equal(readNumastat([], root), null);
    });
  });

  it('counts from the first reading on, nodes that both have', () => {
    const pages = (miss: number) => ({ hit: 9, miss, foreign: 0, interleaveHit: 0, local: 0, other: 0 });
    const first = new Map([
      [0, pages(5)],
      [1, pages(7)],
    ]);
    const now = new Map([
      [0, pages(8)],
      [1, pages(2)],
      [2, pages(100)],
    ]);
    assert.equal(sumOf(pagesSince(first, now), 'miss'), 5, '3, and 2 since the counter was set back');
    assert.equal(sumOf(pagesSince(first, now), 'hit'), 0);
  });
});
