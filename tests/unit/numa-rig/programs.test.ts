import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PROGRAMS, commandFor, noiseOf, programsFor, recordsOf, secondsOf } from '../../numa/programs.ts';
import { type CheckRecord, recordOf } from '../../numa/record.ts';
import { Tally } from '../../numa/tally.ts';

const PROGRAM = { name: 'p', file: 'p' };
const OK: CheckRecord = { check: 'a', outcome: 'ok' };
const FAILED: CheckRecord = { check: 'b', outcome: 'failed', message: 'why' };
const SKIPPED: CheckRecord = { check: 'c', outcome: 'skipped', message: 'so' };

function records(exit: string | undefined, ...printed: (CheckRecord | string)[]): CheckRecord[] {
  const out = printed.map((each) => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`).join('');
  return recordsOf(PROGRAM, new Map([['p.out', out], ...(exit === undefined ? [] : ([['p.exit', exit]] as const))]));
}

describe('records of a program', () => {
  it('are what it told, and nothing else that it printed', () => {
    assert.deepEqual(records('0\n', 'noise', OK, '{"check":1}', '{"check":"a","outcome":"fine"}', '{', SKIPPED), [
      OK,
      SKIPPED,
    ]);
    assert.deepEqual(records('1\n', OK, FAILED), [OK, FAILED]);
  });

  for (const [what, exit, told] of [
    ['told nothing', '0\n', []],
    ['did not end', undefined, [OK]],
    ['ended with 1 and told of no failure', '1\n', [OK]],
    ['told of a failure and ended with 0', '0\n', [FAILED]],
    ['was killed after a failure', '137\n', [FAILED]],
  ] as const) {
    it(`have a failure when it ${what}`, () => {
      const found = records(exit, ...told);
      assert.deepEqual(found.slice(0, -1), told);
      assert.equal(found.at(-1)?.check, 'the program ends well');
      assert.equal(found.at(-1)?.outcome, 'failed');
    });
  }

  it('come back from their lines, and nothing comes from others', () => {
    const record: fc.Arbitrary<CheckRecord> = fc.record(
      { check: fc.string(), outcome: fc.constantFrom('ok', 'failed', 'skipped'), message: fc.string() },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(record, fc.jsonValue(), fc.string(), (given, value, text) => {
        assert.deepEqual(recordOf(JSON.stringify(given)), given);
        assert.equal(recordOf(JSON.stringify(value)), undefined);
        assert.equal(recordOf(`{${text}`), undefined);
      }),
    );
  });
});

describe('what a program leaves behind', () => {
  it('has other lines, from stdout and stderr', () => {
    const files = new Map([
      ['p.out', `one\n${JSON.stringify(OK)}\n`],
      ['p.err', 'two\n'],
    ]);
    assert.deepEqual(noiseOf(PROGRAM, files), ['one', 'two']);
  });

  it('has its time', () => {
    const begin = ['p.begin', '4.50 7.01\n'] as const;
    assert.equal(secondsOf(PROGRAM, new Map([begin, ['p.end', '6.75 9.11\n']])), 2.25);
    assert.equal(secondsOf(PROGRAM, new Map([begin])), undefined);
  });
});

describe('programs', () => {
  it('run where they are to', () => {
    const programs = [PROGRAM, { name: 'q', file: 'q', machines: ['2x2'] }];
    assert.deepEqual(programsFor('2x2', programs), programs);
    assert.deepEqual(programsFor('4x2', programs), [PROGRAM]);
  });

  it('have names of their own', () => {
    assert.equal(new Set(PROGRAMS.map(({ name }) => name)).size, PROGRAMS.length);
  });

  it('run without numactl by another PATH', () => {
    const command = commandFor('2x2', [PROGRAM, { name: 'q', file: 'p', withoutNumactl: true }]);
    const runs = command.split('\n').filter((line) => line.includes('node '));
    assert.match(runs[0] ?? '', /^timeout .*guest\/p\.js 2x2 > \/io\/p\.out/);
    assert.match(runs[1] ?? '', /^PATH=\/bin:\/usr\/bin timeout .*guest\/p\.js 2x2 > \/io\/q\.out/);
    assert.equal(runs.length, 2);
  });
});

describe('Tally', () => {
  it('counts outcomes and says them', () => {
    const tally = new Tally(1.4);
    assert.equal(tally.count('p', OK), '  ok   p: a');
    assert.equal(tally.count('p', FAILED), '  FAIL p: b\n         why');
    assert.equal(tally.count('p', SKIPPED), '  skip p: c (so)');
    const all = new Tally(2);
    all.add(tally);
    all.count('p', OK);
    assert.equal(all.failed, 1);
    assert.equal(all.toString(), '2 ok, 1 failed, 1 skipped, 3 s');
  });
});
