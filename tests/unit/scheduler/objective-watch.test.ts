import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import * as layout from '../../../src/abi/layout.ts';
import { noCounts } from '../../../src/client/counts.ts';
import type { ObjectiveWatch } from '../../../src/scheduler/objective-watch.ts';
import type { Objectives } from '../../../src/scheduler/objectives-option.ts';
import { SharedSource } from '../../../src/scheduler/shared-source.ts';
import { createMemory, type SharedViews } from '../../../src/wasm/memory.ts';
import { planMemory } from '../../../src/wasm/sizing.ts';

// The timers are taken as they are when the module is loaded.
mock.timers.enable({ apis: ['setTimeout'] });
const module = await import('../../../src/scheduler/objective-watch.ts');
mock.timers.reset();

const WINDOW_MS = 1000;
const WORKERS = 3;
const SUBMITTERS = 6;
const LOW = 3;
/** A bucket of waits of about 8 ms. */
const LONG = 319;

describe('ObjectiveWatch', () => {
  let views: SharedViews;
  let counts: ReturnType<typeof noCounts>;
  let client: {
    now: () => number;
    counts: typeof counts;
    waiting: { peekAt(priority: number): object | undefined };
    pending: boolean;
  };
  let heads: (object | undefined)[];
  let isShared: boolean;
  let nowUs: number;
  let readings: number;
  let told: string[];
  let watch: ObjectiveWatch | undefined;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const plan = { capacity: 16, poolBytes: 1 << 16, maximumBytes: 1 << 30, starvationInterval: 0, retry: 0 };
    views = createMemory(planMemory({ ...plan, workers: WORKERS, submitters: SUBMITTERS, timing: 'all' }));
    counts = noCounts();
    heads = [];
    const now = (): number => {
      readings += 1;
      return nowUs;
    };
    client = { now, counts, waiting: { peekAt: (priority) => heads[priority] }, pending: true };
    isShared = false;
    nowUs = 0;
    readings = 0;
  });
  afterEach(() => {
    watch?.close();
    mock.timers.reset();
  });

  function begin(objectives: Objectives): ObjectiveWatch {
    told = [];
    const source = new SharedSource({ views, workers: WORKERS, submitters: SUBMITTERS }, client, () => isShared);
    watch = new module.ObjectiveWatch(objectives, source, undefined, (event, { metric, value, threshold }) => {
      told.push(`${event} ${metric} ${String(value)} > ${String(threshold)}`);
    });
    watch.begin();
    return watch;
  }

  function look(times = 1): void {
    for (let n = 0; n < times; ++n) {
      nowUs += WINDOW_MS * 1000;
      mock.timers.tick(WINDOW_MS);
    }
  }

  const workerBlock = (worker: number): number =>
    (views.u32[layout.HEADER_WORKER_BLOCKS >> 2] ?? 0) + worker * layout.WORKER_BYTES;
  const submitterBlock = (submitter: number): number =>
    (views.u32[layout.HEADER_SUBMITTER_BLOCKS >> 2] ?? 0) + submitter * layout.SUBMITTER_BYTES;

  function add(address: number, amount: number): void {
    views.f64[address >> 3] = (views.f64[address >> 3] ?? 0) + amount;
  }

  function record(worker: number, level: number, bucket: number, waits: number): void {
    const first = workerBlock(worker) + layout.WORKER_HISTOGRAMS + 2 * level * layout.HISTOGRAM_BYTES;
    const word = (first >> 2) + bucket;
    views.u32[word] = (views.u32[word] ?? 0) + waits;
  }

  /** A submitter's tasks at a level that no worker takes. */
  function queue(submitter: number, level: number, tasks: number): void {
    add(submitterBlock(submitter) + layout.SUBMITTER_SUBMITTED + level * 8, tasks);
    const ringBytes = layout.QUEUE_RING + ((views.u32[layout.HEADER_RING_MASK >> 2] ?? 0) + 1) * 4;
    const first = (views.u32[layout.HEADER_SUBMISSION >> 2] ?? 0) + (submitter * 4 + level) * ringBytes;
    const bottom = (first + layout.QUEUE_BOTTOM) >> 2;
    views.i32[bottom] = (views.i32[bottom] ?? 0) + tasks;
  }

  function take(submitter: number, level: number, tasks: number): void {
    const ringBytes = layout.QUEUE_RING + ((views.u32[layout.HEADER_RING_MASK >> 2] ?? 0) + 1) * 4;
    const top = (views.u32[layout.HEADER_SUBMISSION >> 2] ?? 0) + (submitter * 4 + level) * ringBytes;
    views.i32[top >> 2] = (views.i32[top >> 2] ?? 0) + tasks;
  }

  it('waits of all workers, each priority and each percentile by itself', () => {
    begin({ critical: { p99Us: 1000, p999Us: 5000 }, low: { p999Us: 5000 } });
    for (let n = 0; n < 3; ++n) {
      for (let worker = 0; worker < WORKERS; ++worker) {
        record(worker, 0, 100, 960);
        record(worker, 0, LONG, 3); // of a thousand of each worker
        record(worker, 3, 100, 1000);
      }
      look();
    }
    assert.deepEqual(told, ['degraded critical.p999Us 8126.464 > 5000']);
    for (let n = 0; n < 2; ++n) {
      record(2, 0, LONG, 20);
      record(1, LOW, LONG, 2);
      look();
    }
    assert.deepEqual(told.slice(1), ['degraded critical.p99Us 8126.464 > 1000', 'degraded low.p999Us 8126.464 > 5000']);
  });

  it('a priority that starves, though others are served: in shared memory, and on the host', () => {
    begin({ critical: { p99Us: 1000 }, normal: { p99Us: 1000 }, low: { p99Us: 1_500_000 } });
    heads[2] = {};
    for (let n = 0; n < 4; ++n) {
      record(0, 0, 100, 1000);
      queue(0, 0, 100);
      take(0, 0, 100);
      queue(5, LOW, 1);
      look();
    }
    assert.deepEqual(told, ['degraded normal.p99Us 2000000 > 1000', 'degraded low.p99Us 3000000 > 1500000']);
    take(5, LOW, 4);
    heads[2] = undefined;
    client.pending = false;
    look(2);
    assert.deepEqual(told.slice(2), [], 'they have just left');
    look();
    assert.deepEqual(told.slice(2), ['recovered normal.p99Us 0 > 1000', 'recovered low.p99Us 0 > 1500000']);
  });

  it('what is queued when it begins is as old as that', () => {
    queue(1, 1, 3);
    begin({ high: { p99Us: 1 } });
    look(2);
    assert.deepEqual(told, ['degraded high.p99Us 2000000 > 1']);
  });

  it('errors: failed, timed out and lost ones, not cancelled ones', () => {
    begin({ errorRate: 0.1 });
    const window = (change: Partial<typeof counts>): void => {
      for (const [key, value] of Object.entries(change)) counts[key as keyof typeof counts] += value;
      look();
    };
    window({ completed: 90, failed: 10, cancelled: 900 });
    window({ completed: 90, failed: 10, timedOut: 1 });
    window({ completed: 90, lost: 11 });
    assert.deepEqual(told, ['degraded errorRate 0.10891089108910891 > 0.1']);
    window({ completed: 99, lost: 1 });
    window({ cancelled: 50 });
    window({ completed: 100 });
    assert.deepEqual(told.slice(1), ['recovered errorRate 0 > 0.1']);
  });

  it('steals that another one thwarted', () => {
    begin({ stealFailureRate: 0.5 });
    const window = (lost: number, stolen: number): void => {
      add(workerBlock(1) + layout.WORKER_STEALS_LOST, lost);
      add(workerBlock(2) + layout.WORKER_STOLEN, stolen);
      look();
    };
    window(50, 50);
    window(60, 40);
    window(75, 25);
    assert.deepEqual(told, ['degraded stealFailureRate 0.75 > 0.5']);
    window(0, 0);
    assert.equal(told.length, 1);
    window(0, 0);
    assert.deepEqual(told.slice(1), ['recovered stealFailureRate 0 > 0.5'], 'nobody steals: no steal fails');
  });

  it('check: the one that is missed by most', () => {
    const each = begin({ normal: { p99Us: 1000 }, errorRate: 0.01, stealFailureRate: 0.9 });
    assert.equal(each.check(), undefined);
    const window = (failed: number): void => {
      record(0, 2, LONG, 100);
      counts.failed += failed;
      counts.completed += 100 - failed;
      look();
    };
    window(4);
    assert.equal(each.check(), undefined);
    window(4);
    assert.deepEqual(each.check(), { metric: 'normal.p99Us', value: 8126.464, threshold: 1000 });
    window(9);
    assert.deepEqual(each.check(), { metric: 'errorRate', value: 0.09, threshold: 0.01 });
    assert.ok(Object.isFrozen(each.check()));
  });

  it('looks while there are tasks, once after, and until every objective is met', () => {
    const each = begin({ low: { p99Us: 1000 } });
    const looks = (): number => {
      const before = readings;
      look(5);
      return readings - before;
    };
    assert.equal(looks(), 5);
    client.pending = false;
    assert.equal(looks(), 1);
    assert.equal(looks(), 0, 'nobody looks');
    each.begin();
    each.begin();
    assert.equal(looks(), 1, 'and one to begin with, which came before');
    isShared = true;
    each.begin();
    assert.equal(looks(), 5, 'others may submit');
    isShared = false;
    queue(0, LOW, 1);
    look();
    assert.equal(looks(), 0, 'its own are those that count');
    each.begin();
    client.pending = true;
    look(2);
    client.pending = false;
    assert.equal(each.check()?.metric, 'low.p99Us');
    assert.equal(looks(), 5);
    take(0, LOW, 1);
    assert.equal(looks(), 3, 'one in which it leaves, two that are quiet');
    assert.equal(each.check(), undefined);
  });

  it('closed: looks no more, and does not begin again', () => {
    const each = begin({ errorRate: 0.5 });
    each.close();
    each.begin();
    for (let n = 0; n < 3; ++n) {
      counts.failed += 1000;
      look();
    }
    assert.deepEqual(told, []);
  });
});
