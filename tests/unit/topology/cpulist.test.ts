import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MAX_CPU, formatCpuList, parseCpuList } from '../../../src/topology/cpulist.ts';

function parsed(text: string): number[] {
  const list = parseCpuList(text);
  assert.ok(list.ok, list.ok ? '' : list.reason);
  return list.cpus;
}

describe('parseCpuList', () => {
  const good: [string, number[]][] = [
    ['', []],
    ['\n', []],
    ['0\n', [0]],
    ['0-3,8\n', [0, 1, 2, 3, 8]],
    ['8,0-2', [0, 1, 2, 8]],
    ['0-2,1-3,3', [0, 1, 2, 3]],
    ['33-34,0-1', [0, 1, 33, 34]],
    ['0-9:1/4', [0, 4, 8]],
    ['0-31:2/8', [0, 1, 8, 9, 16, 17, 24, 25]],
    ['2-9:2/2', [2, 3, 4, 5, 6, 7, 8, 9]],
    ['0-3:0/2', []],
    [String(MAX_CPU), [MAX_CPU]],
  ];
  for (const [text, cpus] of good) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parsed(text), cpus);
    });
  }

  const bad = [
    'a',
    '-1',
    '1-',
    '1--2',
    '3-1',
    '0,,1',
    ',',
    '0;1',
    '0x3',
    '1.5',
    '1:1/2',
    '0-3:1',
    '0-3:1/0',
    '0-3:3/2',
    String(MAX_CPU + 1),
    '0-4294967295',
    '0-99999999999999999999',
    '00000000,000000ff x',
  ];
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text)} and says what was expected`, () => {
      const list = parseCpuList(text);
      assert.ok(!list.ok);
      assert.match(list.reason, /^expected .*, got /);
    });
  }

  it('answers any text without an exception', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const list = parseCpuList(text);
        return list.ok || list.reason.length < 200;
      }),
    );
  });
});

describe('formatCpuList', () => {
  it('prints as the kernel does', () => {
    assert.equal(formatCpuList([]), '');
    assert.equal(formatCpuList([8, 0, 1, 2, 3, 3]), '0-3,8');
    assert.equal(formatCpuList([0, 1]), '0-1');
  });

  it('is undone by parseCpuList', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(MAX_CPU)), (cpus) => {
        assert.deepEqual(
          parsed(formatCpuList(cpus)),
          [...new Set(cpus)].sort((a, b) => a - b),
        );
      }),
    );
  });
});
