import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NotMeasured, type Contender, type Match, type Session } from '../../bench/case.ts';
import { playRounds } from '../../bench/rounds.ts';

const match: Match = {
  id: 'example',
  metrics: [],
  rounds: 2,
  engine: () => Promise.reject(new Error('never opened')),
  contenders: [],
};

function session(name: string, log: string[], round?: () => Promise<never>): Session {
  return {
    round: () => {
      log.push(name);
      return round === undefined ? Promise.resolve({ value: log.length }) : round();
    },
    close: () => {
      log.push(`close ${name}`);
      return Promise.resolve();
    },
  };
}

function rival(name: string, open: () => Promise<Session>): Contender {
  return { name, role: 'pool', open };
}

const { signal } = new AbortController();

describe('playRounds', () => {
  it('measures in turn, forwards and backwards alternately, and closes everybody', async () => {
    const log: string[] = [];
    const engine = { name: 'tallyio', open: () => Promise.resolve(session('tallyio', log)) };
    const entries = await playRounds(match, [engine], [rival('a', () => Promise.resolve(session('a', log)))], {
      signal,
    });
    assert.deepEqual(log, ['tallyio', 'a', 'a', 'tallyio', 'close tallyio', 'close a']);
    assert.deepEqual(
      entries.map(({ name, samples }) => [name, samples.length]),
      [
        ['tallyio', 2],
        ['a', 2],
      ],
    );
  });

  it('goes on without a rival that is not installed', async () => {
    const log: string[] = [];
    const engine = { name: 'tallyio', open: () => Promise.resolve(session('tallyio', log)) };
    const absent = rival('a', () => Promise.reject(new NotMeasured('a is not installed')));
    const [, entry] = await playRounds(match, [engine], [absent], { signal });
    assert.deepEqual(entry, { name: 'a', role: 'pool', samples: [], missing: 'a is not installed' });
  });

  it('opens nobody else when the engine has nothing to measure here', async () => {
    const engine = { name: 'tallyio', open: () => Promise.reject(new NotMeasured('one node')) };
    const log: string[] = [];
    const other = rival('a', () => {
      log.push('open a');
      return Promise.resolve(session('a', log));
    });
    const entries = await playRounds(match, [engine], [other], { signal });
    assert.deepEqual(log, []);
    assert.deepEqual(entries, [
      { name: 'tallyio', role: 'engine', samples: [], missing: 'one node' },
      { name: 'a', role: 'pool', samples: [], missing: 'one node' },
    ]);
  });

  it('prepares the rivals before anybody opens, and leaves it to them to say that it failed', async () => {
    const log: string[] = [];
    const opening = (name: string) => () => {
      log.push(`open ${name}`);
      return Promise.resolve(session(name, []));
    };
    const prepare = (): Promise<never> => {
      log.push('prepare a');
      return Promise.reject(new Error('out of luck'));
    };
    const engine = { name: 'tallyio', open: opening('tallyio') };
    await playRounds(match, [engine], [{ ...rival('a', opening('a')), prepare }], { signal });
    assert.deepEqual(log, ['prepare a', 'open tallyio', 'open a']);
  });

  it('closes everybody when a round fails, and names the contender', async () => {
    const log: string[] = [];
    const engine = { name: 'tallyio', open: () => Promise.resolve(session('tallyio', log)) };
    const failing = session('a', log, () => Promise.reject(new Error('out of luck')));
    await assert.rejects(
      playRounds(match, [engine], [rival('a', () => Promise.resolve(failing))], { signal }),
      ({ message, cause }: Error) => message === 'a failed in round 1' && cause instanceof Error,
    );
    assert.deepEqual(log.slice(-2), ['close tallyio', 'close a']);
  });

  it('stops between two rounds when it is aborted', async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const engine = {
      name: 'tallyio',
      open: () =>
        Promise.resolve(
          session('tallyio', log, () => {
            controller.abort();
            return Promise.reject(new Error('not reached twice'));
          }),
        ),
    };
    await assert.rejects(playRounds(match, [engine], [], { signal: controller.signal }));
    assert.deepEqual(log, ['tallyio', 'close tallyio']);
  });
});
