import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ShareTarget } from '../../../src/scheduler/share-target.ts';

describe('ShareTarget', () => {
  let target: ShareTarget;
  let bad: number;
  let all: number;

  function begin(threshold: number): void {
    target = new ShareTarget('errorRate', threshold);
    bad = 0;
    all = 0;
  }

  /** A window in which so many ended badly, of so many. */
  function window(badOnes: number, of: number, isIdle = false): string | undefined {
    bad += badOnes;
    all += of;
    const event = target.look(bad, all, isIdle);
    return event && `${event} ${String(target.degradation.value)}`;
  }

  beforeEach(() => {
    begin(0.1);
  });

  it('is missed from the second window in a row beyond the threshold, met from the second in a row within it', () => {
    const windows = [0, 11, 10, 11, 0, 12, 13, 14, 9, 50, 9, 10, 3].map((badOnes) => window(badOnes, 100));
    const told = windows.map((event, n) => event && `${String(n)}: ${event}`).filter((event) => event !== undefined);
    assert.deepEqual(told, ['6: degraded 0.13', '11: recovered 0.1']);
  });

  it('keeps the last value beyond the threshold while it is missed', () => {
    window(20, 100);
    window(30, 100);
    assert.ok(target.isMissed);
    window(5, 100);
    assert.deepEqual(target.degradation, { metric: 'errorRate', value: 0.3, threshold: 0.1 });
    assert.equal(Math.round(target.excess), 3);
  });

  it('a share that is the threshold is within it, whatever the threshold', () => {
    for (let percent = 0; percent <= 100; ++percent) {
      begin(percent / 100);
      for (let n = 0; n < 4; ++n) assert.equal(window(percent, 100), undefined, String(percent));
    }
  });

  it('too few extend the window, unless more good ones could not bring it back', () => {
    const told = [window(0, 10), window(2, 9), window(0, 1), window(2, 2), window(1, 0)];
    assert.deepEqual(told, [undefined, undefined, undefined, undefined, undefined]);
    assert.equal(window(3, 3), 'degraded 0.15', 'three of twenty at least: the second window that shows it');
  });

  it('a low threshold needs more of them', () => {
    begin(0.001);
    assert.equal(window(1, 500), undefined);
    assert.equal(window(1, 100), undefined, 'two of a thousand: beyond');
    assert.equal(window(2, 2), 'degraded 0.002');
  });

  it('0: a single bad one a window is too much', () => {
    begin(0);
    assert.deepEqual([window(0, 1000), window(1, 1), window(1, 1000)], [undefined, undefined, 'degraded 0.001']);
  });

  it('is met again when nothing happens and nothing could, and not while something may come', () => {
    window(20, 20);
    window(20, 20);
    assert.ok(target.isMissed);
    const busy = [window(0, 0), window(0, 0), window(0, 0)];
    assert.deepEqual(busy, [undefined, undefined, undefined]);
    assert.ok(target.isMissed);
    assert.deepEqual([window(0, 1, true), window(0, 0, true)], [undefined, undefined], 'one has just ended');
    assert.equal(window(0, 0, true), 'recovered 0');
    assert.deepEqual([window(0, 0, true), window(0, 0, true)], [undefined, undefined]);
  });
});
