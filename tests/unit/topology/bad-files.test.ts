import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { detectTopology } from '../../../src/topology/detect.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { filesOf, MODERN } from '../../support/machine-tree.ts';
import { withFileTree, writeFiles } from './file-tree.ts';
import { CPU, type Files, MACHINE, NODE } from './two-nodes.ts';

/** All that kernels old and new write: each fact stands in two files. */
const TWICE: Files = {
  ...filesOf(MACHINE),
  ...filesOf(MACHINE, { ...MODERN, nodeSets: 'cpumap', siblings: 'thread_siblings', caches: 'shared_cpu_map' }),
};

/** Files that have a second source. */
const REDUNDANT = [
  `${CPU}/online`,
  `${NODE}/online`,
  `${NODE}/node1/cpulist`,
  `${CPU}/cpu0/topology/core_cpus_list`,
  `${CPU}/cpu2/topology/package_cpus_list`,
  `${CPU}/cpu2/cache/index2/shared_cpu_list`,
];

/** Files that stand alone. */
const ALONE = [
  `${NODE}/node0/meminfo`,
  `${NODE}/node0/distance`,
  `${CPU}/isolated`,
  `${CPU}/cpu0/cache/index2/level`,
  `${CPU}/cpu0/cache/index2/type`,
  'proc/self/status',
  'proc/self/cgroup',
  'proc/self/mountinfo',
  'sys/fs/cgroup/job/cpu.max',
];

/** What may stand where a file should be. */
const FLAWS: Readonly<Record<string, (file: string) => void>> = {
  'an empty file': (file) => {
    writeFileSync(file, '');
  },
  'binary bytes': (file) => {
    writeFileSync(
      file,
      Uint8Array.from({ length: 4096 }, (_, i) => (i * 167) % 256),
    );
  },
  'a file of 64 MiB': (file) => {
    truncateSync(file, 64 * 2 ** 20);
  },
  'a directory': (file) => {
    rmSync(file);
    mkdirSync(file);
  },
  'a link to itself': (file) => {
    rmSync(file);
    symlinkSync(file, file);
  },
  'a file cut off': (file) => {
    writeFileSync(file, '0-');
  },
  'a pipe that nobody writes to': (file) => {
    rmSync(file);
    execFileSync('mkfifo', [file]);
  },
  'a device': (file) => {
    rmSync(file);
    symlinkSync('/dev/zero', file);
  },
};

/** What is detected in a tree of all these files while one of them is spoilt. */
function detectWith(root: string, path: string, spoil: (file: string) => void): Topology {
  const file = join(root, path);
  spoil(file);
  try {
    return detectTopology({ root });
  } finally {
    rmSync(file, { recursive: true });
    writeFileSync(file, TWICE[path] ?? '');
  }
}

function assertSound({ nodes, onlineCpus, allowedCpus, allowedNodes, coreCpus, warnings }: Topology): void {
  assert.ok(allowedCpus.length > 0 && allowedCpus.every((cpu) => onlineCpus.includes(cpu)));
  const usable = nodes.flatMap(({ usableCpus }) => usableCpus).sort((a, b) => a - b);
  assert.deepEqual(usable, allowedCpus);
  assert.deepEqual(
    coreCpus.flat().sort((a, b) => a - b),
    onlineCpus,
  );
  assert.ok(allowedNodes.length > 0);
  for (const { distances } of nodes) assert.ok(distances === null || distances.length === nodes.length);
  for (const { code, message } of warnings) assert.match(`${code}: ${message}`, /^WARN_[A-Z_]+: expected .*, got .*: /);
}

const withoutWarnings = (topology: Topology): unknown => ({ ...topology, warnings: [] });

for (const [flaw, spoil] of Object.entries(FLAWS)) {
  describe(`detectTopology, ${flaw}`, { skip: process.platform === 'win32' }, () => {
    it('is passed over, with a warning that names it, where another file tells the same', () => {
      withFileTree(TWICE, (root) => {
        const whole = withoutWarnings(detectTopology({ root }));
        for (const path of REDUNDANT) {
          const topology = detectWith(root, path, spoil);
          assert.deepEqual(withoutWarnings(topology), whole, path);
          const named = topology.warnings.some(
            ({ code, message }) => code === 'WARN_UNREADABLE' && message.includes(path),
          );
          assert.ok(named, path);
        }
      });
    });
    it('costs no more than what it would tell, where none does', () => {
      withFileTree(TWICE, (root) => {
        for (const path of ALONE) assertSound(detectWith(root, path, spoil));
      });
    });
  });
}

describe('detectTopology, any text', () => {
  it('in any file is read as something sound', () => {
    const paths = Object.keys(TWICE);
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[0-9a-f,\-: \n\0]{0,40}$/),
      fc.constantFrom('0-65535\n', '65535\n', '4294967295\n'),
    );
    withFileTree(TWICE, (root) => {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), text), { maxLength: 12 }), (spoilt) => {
          writeFiles(root, Object.fromEntries(spoilt));
          assertSound(detectTopology({ root }));
          writeFiles(root, Object.fromEntries(spoilt.map(([path]) => [path, TWICE[path] ?? ''])));
        }),
        { numRuns: 60 },
      );
    });
  });
  it('is one warning for many files of the same flaw', () => {
    const folder = (cpu: number): string => `${CPU}/cpu${String(cpu)}/online`;
    const files = filesOf(MACHINE, { ...MODERN, cpuOnline: 'folders' });
    for (let cpu = 0; cpu < 8; cpu++) files[folder(cpu)] = 'garbage\n';
    const { warnings } = withFileTree(files, (root) => detectTopology({ root }));
    assert.deepEqual(warnings, [
      {
        code: 'WARN_UNREADABLE',
        message: `expected a whole number in ${folder(0)}, ${folder(1)}, ${folder(2)} and 5 more, got "garbage\\n": passed over, the next source counts`,
      },
    ]);
  });
});
