import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Capture, Expected } from '../../topology/capture.ts';
import { FILES, MACHINE } from './two-nodes.ts';

const MAIN = fileURLToPath(new URL('../../topology/main.js', import.meta.url));
const EXPECTED: Expected = {
  nodes: [
    { id: 0, cpus: [0, 1, 4, 5], memoryKiB: 1000 },
    { id: 1, cpus: [2, 3, 6, 7], memoryKiB: 2000 },
  ],
  onlineCpus: [0, 1, 2, 3, 4, 5, 6, 7],
  packages: 2,
  cores: 4,
  smt: true,
  coresByThreads: { 2: 4 },
  distances: { ids: [0, 1], matrix: MACHINE.distances ?? [] },
};

interface Folder {
  [name: string]: string | Folder;
}

/** The files of the machine as a capture has them, one of them as a link. */
function treeOf(): Folder {
  const tree: Folder = { 'links.txt': 'sys/devices/system/node/node1/cpulist -> list of 1\n' };
  for (const [path, text] of Object.entries(FILES)) {
    const names = path.replace('node1/cpulist', 'node1/list of 1').split('/');
    let folder = tree;
    for (const name of names.slice(0, -1)) folder = (folder[name] ??= {}) as Folder;
    folder[names.at(-1) ?? ''] = text;
  }
  return tree;
}

function run(
  captures: Readonly<Record<string, unknown>>,
  ...more: string[]
): { status: number | null; out: string; err: string } {
  const directory = mkdtempSync(join(tmpdir(), 'tallyio captures '));
  try {
    for (const [name, capture] of Object.entries(captures))
      writeFileSync(join(directory, name), JSON.stringify(capture));
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, directory, ...more], { encoding: 'utf8' });
    return { status, out: stdout, err: stderr };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function expecting(changes: Partial<Expected>): Capture {
  return { expected: { ...EXPECTED, ...changes }, tree: treeOf() };
}

describe('test:topology', () => {
  it('counts the captures that read as expected', () => {
    const { status, out } = run({ 'b.json': expecting({}), 'a.json': expecting({ distances: null }), 'c.txt': 7 });
    assert.deepEqual([status, out], [0, 'same      a\nsame      b\n2 of 2\n']);
  });
  it('fails for one that does not, and says where', () => {
    const wrong: Partial<Expected>[] = [
      { packages: 1 },
      { cores: 8 },
      { smt: false },
      { coresByThreads: { 1: 8 } },
      { onlineCpus: [0] },
      { distances: { ids: [0, 1], matrix: [] } },
      { noNodeDirectory: true },
      { allowed: { cpus: [0], nodes: [0, 1] } },
      { allowed: { cpus: EXPECTED.onlineCpus, nodes: [1] } },
      { nodes: [] },
      { nodes: EXPECTED.nodes.map((node) => ({ ...node, memoryKiB: 7 })) },
    ];
    const { status, out } = run(
      Object.fromEntries(wrong.map((changes, i) => [`${String(i + 10)}.json`, expecting(changes)])),
    );
    assert.equal(status, 1);
    assert.match(out, /different 10\n +packages: expected 1, got 2\n/);
    assert.match(out, /\n0 of 11\n$/);
  });
  it('fails for one that is none', () => {
    const { status, out } = run({ 'a.json': { tree: {} }, 'b.json': null });
    assert.equal(status, 1);
    assert.match(out, /^different a\n.*\ndifferent b\n.*\n0 of 2\n$/);
  });
  it('wants a directory with some', () => {
    for (const { status, err } of [run({}), run({ 'a.json': expecting({}) }, 'more')]) {
      assert.equal(status, 2);
      assert.match(err, /^expected npm run test:topology -- DIR, a directory with captures \(\*\.json\).*\n$/);
    }
  });
});
