// node build/tests/topology/main.js DIR: reads every capture of a machine in DIR (`*.json`: `{ expected, tree }`, capture.ts) as
// detectTopology sees it, and says where that is not what is expected.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { detectTopology } from '../../src/topology/detect.ts';
import { layOut, readCapture } from './capture.ts';
import { differencesOf } from './differences.ts';

const USAGE = 'expected npm run test:topology -- DIR, a directory with captures (*.json)';

function captureFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function check(file: string): boolean {
  const root = mkdtempSync(join(tmpdir(), 'tallyio capture '));
  const name = basename(file, '.json');
  try {
    const capture = readCapture(file);
    layOut(capture.tree, root);
    const topology = detectTopology({ root });
    const differences = differencesOf(topology, capture);
    const codes = [...new Set(topology.warnings.map(({ code }) => code))].join(' ');
    console.log(`${differences.length === 0 ? 'same     ' : 'different'} ${name}${codes === '' ? '' : `  ${codes}`}`);
    for (const difference of differences) console.log(`          ${difference}`);
    return differences.length === 0;
  } catch (error) {
    console.log(`different ${name}\n          ${String(error)}`);
    return false;
  } finally {
    rmSync(root, { recursive: true });
  }
}

const [directory, ...more] = process.argv.slice(2);
const files = directory === undefined || more.length > 0 ? [] : captureFiles(directory);
if (files.length === 0) {
  console.error(
    directory === undefined || more.length > 0 ? USAGE : `${USAGE}, got ${JSON.stringify(directory)} without any`,
  );
  process.exitCode = 2;
} else {
  const same = files.filter((file) => check(file)).length;
  console.log(`${String(same)} of ${String(files.length)}`);
  if (same < files.length) process.exitCode = 1;
}
