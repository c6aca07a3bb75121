import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseCpuMap } from '../../../src/topology/cpumap.ts';

function cpus(text: string): number[] {
  const map = parseCpuMap(text);
  return map.ok ? map.cpus : assert.fail(map.reason);
}

describe('parseCpuMap', () => {
  it('reads words of 32 bits, most significant first', () => {
    assert.deepEqual(cpus('00000000,000000ff\n'), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(cpus('00000001,80000000\n'), [31, 32]);
    assert.deepEqual(cpus('ff\n'), [0, 1, 2, 3, 4, 5, 6, 7]);
  });
  it('reads a first word that is narrower, more words than CPUs, the empty set', () => {
    assert.deepEqual(cpus('0000,00000000,00020002\n\n'), [1, 17]);
    assert.deepEqual(cpus(`${'00000000,'.repeat(127)}00000003\n`), [0, 1]);
    assert.deepEqual(cpus('0000,00000000\n'), []);
    assert.deepEqual(cpus('FFFFFFFF,00000000').length, 32);
  });
  it('says what it expected instead', () => {
    for (const text of ['', '\n', 'xyz', '0x3', ',', '00000001,', '000000001', '-1', '1 2']) {
      const map = parseCpuMap(text);
      assert.match(map.ok ? 'read' : map.reason, /^expected words of up to 8 hex digits, got "/, JSON.stringify(text));
    }
    const long = parseCpuMap(Array.from({ length: 2049 }, () => '0').join(','));
    assert.match(long.ok ? 'read' : long.reason, /^expected up to 2048 words, got 2049$/);
  });
  it('reads any set back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(300)), (set) => {
        const bits = set.reduce((mask, cpu) => mask | (1n << BigInt(cpu)), 0n).toString(16);
        const words = bits.padStart(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? [];
        assert.deepEqual(
          cpus(`${words.join(',')}\n`),
          [...set].sort((a, b) => a - b),
        );
      }),
    );
  });
});
