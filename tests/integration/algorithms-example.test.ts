import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PNG } from 'pngjs';

const MAIN = fileURLToPath(new URL('../../examples/algorithms/main.js', import.meta.url));
const run = promisify(execFile);

describe('the example with parallel algorithms', () => {
  it('gets the results of the serial ones, prints speed-ups and draws a picture', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tallyio algorithms '));
    try {
      const path = join(folder, 'set.png');
      const { stdout, stderr } = await run(process.execPath, [MAIN, '--quick', path]);
      assert.equal(stderr, '');
      const rows = [...stdout.matchAll(/^(\w+) .* [\d.]+ ms +[\d.]+ ms +[\d.]+ ×$/gm)].map(([, name]) => name);
      assert.deepEqual(rows, ['fib', 'queens', 'mergeSort', 'matrix', 'mandelbrot', 'prefixSum']);
      const { width, height, data } = PNG.sync.read(readFileSync(path));
      assert.deepEqual([width, height], [160, 120]);
      const shadeAt = (re: number, im: number): number =>
        data[4 * (Math.round(((im + 1.2) / 3.2) * 160) * 160 + Math.round(((re + 2.2) / 3.2) * 160))] ?? -1;
      assert.equal(shadeAt(0, 0), 0, 'inside of the set');
      assert.equal(shadeAt(-1, 0), 0);
      assert.ok(shadeAt(0.9, 1) > 20, 'outside');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
