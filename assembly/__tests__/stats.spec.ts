import { LOW, NORMAL, TIMING_ALL, TIMING_OFF, TIMING_SAMPLED } from '../../src/abi/codes';
import {
  BUCKETS,
  HEADER_TIMING,
  HISTOGRAM_BYTES,
  SUBMITTER_QUEUED_CORRECTION,
  WORKER_EXECUTED,
  WORKER_FAILED,
  WORKER_HISTOGRAMS,
  WORKER_LEVELS,
  WORKER_QUEUED_CORRECTION,
} from '../../src/abi/layout';
import * as engine from '../abi';
import { submitterBlockOf, workerBlock, workerBlockOf } from '../memory/region';
import { runQueueLength } from '../queue/run-queue';
import { submissionLength } from '../queue/submission';
import { find } from '../worker/find';
import { takeMail } from '../worker/mailbox';
import { bucketOf, countExecuted, isSample, meanOf, recordRun, recordWait, updateMean } from '../worker/stats';
import { claimEntry } from '../worker/task';
import { arrange, asHost, asWorker, configure } from './arrange';

/** Lowest duration in ns of a bucket: what a reader on the host computes. */
function lowest(bucket: i32): u64 {
  if (bucket < 16) return bucket as u64;
  return ((16 + (bucket & 15)) as u64) << (((bucket >> 4) - 1) as u64);
}

function histogram(n: i32): usize {
  return workerBlock + WORKER_HISTOGRAMS + (n as usize) * HISTOGRAM_BYTES;
}

/** As a reader of the statistics counts, of one submitter and one worker. */
function queuedAt(level: i32): i32 {
  const offset = (level as usize) << 2;
  const submitted = load<i32>(submitterBlockOf(0) + SUBMITTER_QUEUED_CORRECTION + offset);
  const taken = load<i32>(workerBlockOf(0) + WORKER_QUEUED_CORRECTION + offset);
  return submissionLength(0, level) + runQueueLength(0, level) + submitted + taken;
}

function total(n: i32): i32 {
  let sum = 0;
  for (let bucket = 0; bucket < BUCKETS; ++bucket) sum += load<i32>(histogram(n) + ((bucket as usize) << 2));
  return sum;
}

describe('histogram buckets', () => {
  test('exact below 16 ns', () => {
    for (let ns: u64 = 0; ns < 16; ++ns) expect(bucketOf(ns)).toBe(ns as i32);
  });

  test('each begins where the last one ends, up to the open one', () => {
    let wrong = 0;
    for (let bucket = 1; bucket < BUCKETS; ++bucket) {
      if (bucketOf(lowest(bucket)) != bucket) wrong += 1;
      if (bucketOf(lowest(bucket) - 1) != bucket - 1) wrong += 1;
    }
    expect(wrong).toBe(0);
    expect(bucketOf(u64.MAX_VALUE)).toBe(BUCKETS - 1);
  });

  test('monotone, and no wider than 6.25 % of its lowest duration', () => {
    let wrong = 0;
    for (let bucket = 16; bucket + 1 < BUCKETS; ++bucket) {
      const width = lowest(bucket + 1) - lowest(bucket);
      if (lowest(bucket + 1) <= lowest(bucket) || width * 16 > lowest(bucket)) wrong += 1;
    }
    expect(wrong).toBe(0);
  });
});

describe('statistics', () => {
  beforeEach(() => {
    arrange(2, 32, 0);
    asWorker(1);
  });

  test('wait and run of each level go to their own histogram with their own maximum', () => {
    for (let level = 0; level < 4; ++level) {
      for (let n = 0; n <= level; ++n) recordWait(level, 1.5);
      recordRun(level, 1000 + (level as f64));
    }
    for (let level = 0; level < 4; ++level) {
      const wait = histogram(2 * level);
      const run = histogram(2 * level + 1);
      expect(total(2 * level)).toBe(level + 1);
      expect(load<i32>(wait + ((bucketOf(1500) as usize) << 2))).toBe(level + 1);
      expect(load<f64>(wait + (BUCKETS << 2))).toBe(1.5);
      expect(total(2 * level + 1)).toBe(1);
      expect(load<f64>(run + (BUCKETS << 2))).toBe(1000 + (level as f64));
    }
  });

  test('steps of the clock and endless durations count, and break nothing', () => {
    recordWait(0, -5);
    recordWait(0, NaN);
    recordWait(0, Infinity);
    recordWait(0, 1e300);
    expect(total(0)).toBe(4);
    expect(load<i32>(histogram(0))).toBe(2);
    expect(load<i32>(histogram(0) + ((BUCKETS - 1) << 2))).toBe(2);
  });

  test('executed tasks count in all, per level, and failed', () => {
    countExecuted(0, false);
    countExecuted(3, true);
    countExecuted(3, false);
    expect(load<f64>(workerBlock + WORKER_EXECUTED)).toBe(3);
    expect(load<f64>(workerBlock + WORKER_LEVELS)).toBe(1);
    expect(load<f64>(workerBlock + WORKER_LEVELS + 24)).toBe(2);
    expect(load<f64>(workerBlock + WORKER_FAILED)).toBe(1);
  });

  test('what is queued is the lengths of the queues and the corrections of all blocks', () => {
    asHost();
    const cancelled = engine.submit(0, NORMAL, 0, 0, 0, 0, 0);
    engine.submit(0, LOW, 0, 0, 0, 0, 0);
    const mailed = engine.mail(0, 0, LOW, 0, 0, 0, 0, 0);
    expect(queuedAt(NORMAL)).toBe(1);
    expect(queuedAt(LOW)).toBe(2);
    expect(engine.cancel(cancelled)).toBe(1);
    expect(engine.cancel(mailed)).toBe(1);
    expect(queuedAt(NORMAL)).toBe(0);
    expect(queuedAt(LOW)).toBe(1);
    asWorker(0);
    expect(claimEntry(takeMail())).toBe(false);
    expect(queuedAt(LOW)).toBe(1);
    expect(claimEntry(find(false))).toBe(false);
    expect(queuedAt(NORMAL)).toBe(0);
    expect(claimEntry(find(false))).toBe(true);
    expect(queuedAt(LOW)).toBe(0);
  });

  test('the running mean begins with the first run, follows, and is never 0 again', () => {
    expect(meanOf(3)).toBe(0);
    updateMean(3, 80);
    expect(meanOf(3)).toBe(80);
    updateMean(3, 160);
    expect(meanOf(3)).toBe(90);
    for (let n = 0; n < 1000; ++n) updateMean(3, 0);
    expect(meanOf(3)).toBeGreaterThan(0);
    expect(meanOf(2)).toBe(0);
  });

  test('samples: all, every 16th, none', () => {
    configure(HEADER_TIMING, TIMING_ALL);
    asWorker(0);
    expect(sampledOf(160)).toBe(160);
    configure(HEADER_TIMING, TIMING_SAMPLED);
    asWorker(0);
    expect(sampledOf(160)).toBe(10);
    configure(HEADER_TIMING, TIMING_OFF);
    asWorker(0);
    expect(sampledOf(160)).toBe(0);
  });
});

function sampledOf(events: i32): i32 {
  let count = 0;
  for (let n = 0; n < events; ++n) if (isSample()) count += 1;
  return count;
}
