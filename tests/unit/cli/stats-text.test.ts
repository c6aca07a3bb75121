import assert from 'node:assert/strict';
import { it } from 'node:test';
import { formatStats } from '../../../src/cli/stats-text.ts';

it('formatStats prints the tasks, the times of the priorities that had tasks, and the workers', () => {
  const none = { p50: NaN, p99: NaN, p999: NaN, max: NaN };
  const idle = { completed: 0, waitUs: none, runUs: none };
  const waitUs = { p50: 1.4, p99: 10, p999: 100, max: 1000.6 };
  const text = formatStats({
    submitted: 5,
    completed: 3,
    failed: 1,
    cancelled: 0,
    timedOut: 1,
    lost: 0,
    poolBytesUsed: 0,
    poolBytes: 2 ** 26,
    priorities: { critical: idle, high: idle, normal: { completed: 3, waitUs, runUs: none }, low: idle },
    workers: [{ id: 0, executed: 5, stolen: 2, parked: 1, utilization: 0.256 }],
  });
  assert.equal(
    text,
    [
      'submitted 5, completed 3, failed 1, cancelled 0, timed out 1, lost 0',
      'payload memory: 0 B of 64.0 MiB used',
      '',
      'priority  completed  wait p50/p99/p99.9/max µs  run p50/p99/p99.9/max µs',
      'normal    3          1/10/100/1001              -/-/-/-',
      '',
      'worker  executed  stolen  parked  utilization',
      '0       5         2       1       25.6 %',
    ].join('\n'),
  );
});
