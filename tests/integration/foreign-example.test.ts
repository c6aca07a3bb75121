import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FILES = ['LICENSE', 'README.md', 'package.json'];
const run = promisify(execFile);

/** CRC-32 by its definition: what is left of the bits of the message, with the first 32 and the remainder inverted. */
function crc32(bytes: Uint8Array): string {
  let rest = 0xffffffffn;
  for (const byte of bytes) {
    rest ^= BigInt(byte);
    for (let bit = 0; bit < 8; ++bit) rest = rest % 2n === 0n ? rest / 2n : (rest / 2n) ^ 0xedb88320n;
  }
  return (rest ^ 0xffffffffn).toString(16).padStart(8, '0');
}

describe('the example with a task in C', () => {
  it('prints checksums of files', async () => {
    assert.equal(crc32(Buffer.from('123456789')), 'cbf43926'); // the check value of CRC-32/ISO-HDLC
    const { stdout } = await run(process.execPath, ['examples/foreign/main.mjs', ...FILES], { cwd: ROOT });
    const expected = FILES.map((file) => `${crc32(readFileSync(`${ROOT}${file}`))}  ${file}\n`);
    assert.equal(stdout, expected.join(''));
  });
});
