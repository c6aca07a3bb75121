import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Degradation } from '../../../src/numa/alarms.ts';
import type { NodeState } from '../../../src/numa/machine-reader.ts';
import { NumaCore } from '../../../src/numa/numa-core.ts';
import { NumaTree, TestTicker, topologyOf } from './machine.ts';

const PERIOD_MS = 1000;

describe('Monitor', () => {
  let tree: NumaTree;
  let ticker: TestTicker;
  let core: NumaCore;
  let told: string[];
  let last: Degradation | undefined;
  let processes: NodeState[];

  beforeEach(() => {
    tree = new NumaTree();
    ticker = new TestTicker();
    processes = [0, 1].map((id) => {
      const [pid, cpus] = [100 + id, [2 * id, 2 * id + 1]];
      tree.thread(pid, pid, 0, cpus);
      tree.thread(pid, pid + 1000, 0, cpus);
      tree.memory(pid, { [id]: 64 });
      tree.misses(id, 5);
      return { id, pid, workers: 2, cpus, pinned: true };
    });
    core = make();
  });
  afterEach(() => {
    core.monitor.end();
    tree.remove();
  });

  function make(monitoring = true, efficiencyThreshold = 0.8): NumaCore {
    told = [];
    last = undefined;
    const made = new NumaCore(
      topologyOf([{ distances: [10, 20] }, { distances: [20, 10] }]),
      { monitoring, efficiencyThreshold, root: tree.root },
      { ticker },
    );
    made.monitor.attach({ nodes: () => processes });
    made.monitor.listen((event, degradation) => {
      told.push(`${event} ${degradation.metric}`);
      last = degradation;
    });
    return made;
  }

  /** Tasks of which so many ran elsewhere, then a reading. */
  async function tasks(count: number, moved: number): Promise<void> {
    for (let i = 0; i < count; ++i) core.counters.assigned();
    core.counters.moved(0, 1, moved);
    await ticker.fire();
  }

  it('reads while there is work, and no longer', async () => {
    assert.equal(ticker.delayMs, undefined);
    core.monitor.begin();
    core.monitor.begin();
    assert.equal(ticker.delayMs, PERIOD_MS);
    assert.equal(ticker.plans, 1);
    await ticker.fire();
    assert.equal(ticker.delayMs, PERIOD_MS, 'and again');
    core.monitor.end();
    await ticker.fire();
    assert.equal(ticker.delayMs, undefined, 'not without work');
    core.monitor.begin();
    assert.equal(ticker.delayMs, PERIOD_MS);
  });

  it('reads in its time though work comes and goes between', async () => {
    core.monitor.begin();
    for (let n = 0; n < 10; ++n) {
      core.monitor.end();
      core.monitor.begin();
    }
    assert.equal(ticker.plans, 1, 'one timer, from the beginning');
    core.monitor.end();
    const reading = ticker.fire();
    core.monitor.begin();
    await reading;
    assert.equal(ticker.delayMs, PERIOD_MS, 'once more, as there is work again');
  });

  it('reads no more when it was closed', () => {
    core.monitor.begin();
    core.monitor.close();
    core.monitor.begin();
    assert.equal(ticker.delayMs, undefined);
  });

  /** A reading of threads and, if that is due, of memory, which take so long. */
  async function reading(threadsMs: number, memoryMs = 0): Promise<number | undefined> {
    // Looks at the clock: threads began, threads ended, memory began, memory ended.
    ticker.laterMs = [0, threadsMs, 0, memoryMs];
    await ticker.fire();
    return ticker.delayMs;
  }

  it('threads are read in no more than 0.25 % of the time, and every 15 s all the same', async () => {
    core.monitor.begin();
    assert.equal(await reading(900), PERIOD_MS, 'the first one does not count');
    assert.equal(await reading(20), 8000);
    assert.equal(await reading(500), 8000, 'one that had to wait does not count');
    assert.equal(await reading(500), 8000);
    assert.equal(await reading(500), 15_000, 'three of them do');
    assert.equal(await reading(1), PERIOD_MS);
  });

  it('so is memory, at a pace of its own', async () => {
    core.monitor.begin();
    await reading(0, 900);
    await reading(0, 20);
    tree.memory(101, { 0: 64 });
    for (let i = 0; i < 7; ++i) await reading(0);
    assert.equal(core.monitor.latest()?.residency, 1, 'not read for 8 s');
    await reading(0, 20);
    assert.equal(core.monitor.latest()?.residency, 0.5);
    assert.deepEqual(told, []);
    for (let i = 0; i < 7; ++i) await tasks(10, 10);
    assert.deepEqual(told, ['degraded efficiency']);
    await reading(0, 20);
    assert.deepEqual(told, ['degraded efficiency', 'degraded residency'], 'what was not read has changed nothing');
    assert.equal(ticker.delayMs, PERIOD_MS);
  });

  /** How long it takes until something is told, with readings that take so long. */
  async function toldAfterMs(threadsMs: number, memoryMs: number): Promise<number> {
    const begin = ticker.now;
    while (told.length === 0) await reading(threadsMs, memoryMs);
    return ticker.now - begin;
  }

  it('an alarm is raised within 30 s, however long readings of threads take', async () => {
    core.monitor.begin();
    for (let n = 0; n < 5; ++n) await reading(60_000);
    tree.thread(101, 1101, 0, [0, 1, 2, 3]);
    assert.equal(await toldAfterMs(60_000, 0), 2 * 15_000 + 2 * 60_000, 'beside what the two take themselves');
    assert.deepEqual(told, ['degraded affinity']);
  });

  it('that of residency within five minutes, however long readings of memory take', async () => {
    core.monitor.begin();
    for (let n = 0; n < 1000; ++n) await reading(50, 900);
    tree.memory(101, { 0: 64 });
    const tookMs = await toldAfterMs(50, 900);
    assert.deepEqual(told, ['degraded residency']);
    assert.ok(tookMs > 120_000 && tookMs <= 300_000, String(tookMs));
  });

  it('without monitoring nothing is planned and nothing read', () => {
    core = make(false);
    core.monitor.begin();
    assert.equal(ticker.delayMs, undefined);
    assert.equal(core.monitor.latest(), undefined);
    assert.equal(core.monitor.worst(), undefined);
  });

  it('efficiency: raised after two readings, cleared after two good ones, each told once', async () => {
    core.monitor.begin();
    await tasks(100, 10);
    await tasks(100, 50);
    assert.deepEqual(told, []);
    await tasks(100, 60);
    await tasks(100, 70);
    assert.deepEqual(told, ['degraded efficiency']);
    assert.deepEqual(last, { metric: 'efficiency', value: 0.7, threshold: 0.8 });
    assert.deepEqual(core.monitor.worst(), { metric: 'efficiency', value: 0.65, threshold: 0.8 });
    await tasks(100, 0);
    assert.equal(told.length, 1);
    await tasks(100, 0);
    assert.deepEqual(told, ['degraded efficiency', 'recovered efficiency']);
    assert.deepEqual(last, { metric: 'efficiency', value: 1, threshold: 0.8 });
    assert.equal(core.monitor.worst(), undefined);
    assert.equal(core.monitor.degradations, 1);
  });

  it('efficiency is of the time in which tasks ran', async () => {
    assert.ok(Number.isNaN(core.monitor.efficiency()));
    core.monitor.begin();
    await tasks(100, 100);
    assert.equal(core.monitor.efficiency(), 0.5);
    await tasks(100, 0);
    assert.equal(core.monitor.efficiency(), 1, 'the last reading but one is behind');
    for (const idle of [0, 0, 0]) await tasks(idle, idle);
    assert.equal(core.monitor.efficiency(), 1);
    core.counters.assigned();
    core.counters.moved(0, 1);
    assert.ok(core.monitor.efficiency() < 1, 'and of now');
  });

  it('residency: the worst process counts, weighed by distance', async () => {
    core.monitor.begin();
    tree.memory(101, { 0: 48, 1: 16 });
    await ticker.fire();
    await ticker.fire();
    assert.deepEqual(told, ['degraded residency']);
    assert.deepEqual(last, { metric: 'residency', value: (16 + 48 / 2) / 64, threshold: 0.8 });
    tree.remove('proc/101/numa_maps');
    tree.remove('proc/100/numa_maps');
    await ticker.fire();
    await ticker.fire();
    assert.deepEqual(told, ['degraded residency', 'recovered residency'], 'what is not known is not degraded');
    assert.ok(Number.isNaN(last.value));
  });

  it('affinity: a thread that somebody lets run elsewhere', async () => {
    core.monitor.begin();
    tree.thread(101, 1101, 0, [0, 1, 2, 3]);
    await ticker.fire();
    await ticker.fire();
    assert.deepEqual(told, ['degraded affinity']);
    assert.deepEqual(last, { metric: 'affinity', value: 0.5, threshold: 1 });
    tree.thread(101, 1101, 0, [3]);
    await ticker.fire();
    await ticker.fire();
    assert.deepEqual(told, ['degraded affinity', 'recovered affinity']);
  });

  it('a process that is not pinned has no affinity to lose', async () => {
    processes = processes.map((state) => ({ ...state, pinned: false, cpus: [7] }));
    core.monitor.begin();
    for (let i = 0; i < 3; ++i) await ticker.fire();
    assert.deepEqual(told, []);
    assert.equal(core.monitor.latest()?.affinity, null);
  });

  it('a threshold of 0 is never passed', async () => {
    core = make(true, 0);
    tree.memory(101, { 0: 64 });
    core.monitor.begin();
    for (let i = 0; i < 3; ++i) await tasks(10, 10);
    assert.deepEqual(told, []);
  });

  it('the worst is the farthest from its threshold', async () => {
    core.monitor.begin();
    tree.memory(101, { 0: 64 });
    tree.thread(101, 1101, 0, [0]);
    await tasks(100, 70);
    await tasks(100, 70);
    assert.deepEqual(told, ['degraded efficiency', 'degraded residency', 'degraded affinity']);
    assert.equal(core.monitor.worst()?.metric, 'affinity', '0.65 of 0.8, 0.5 of 0.8, 0.5 of 1');
  });

  it('checks of others: as they say, when they say it', async () => {
    let found: Degradation | undefined;
    const takeOut = core.monitor.addCheck(() => found);
    const other = core.monitor.addCheck(() => ({ metric: 'errorRate', value: 0.02, threshold: 0.01 }));
    core.monitor.begin();
    await ticker.fire();
    found = { metric: 'p99Us', value: 900, threshold: 100 };
    await ticker.fire();
    found = { metric: 'p99Us', value: 1000, threshold: 100 };
    await ticker.fire();
    assert.deepEqual(told, ['degraded errorRate', 'degraded p99Us']);
    assert.deepEqual(core.monitor.worst(), { metric: 'p99Us', value: 1000, threshold: 100 });
    found = { metric: 'p999Us', value: 2000, threshold: 100 };
    await ticker.fire();
    assert.deepEqual(told.slice(2), ['recovered p99Us', 'degraded p999Us']);
    takeOut();
    takeOut();
    other();
    assert.deepEqual(told.slice(4), ['recovered p999Us', 'recovered errorRate']);
    await ticker.fire();
    assert.equal(told.length, 6);
    assert.equal(core.monitor.degradations, 3);
  });

  it('a listener that throws stops nothing', async () => {
    core.monitor.addCheck(() => ({ metric: 'errorRate', value: 2, threshold: 1 }));
    core.monitor.listen(() => {
      throw new Error('mine');
    });
    core.monitor.begin();
    await assert.rejects(ticker.fire(), /mine/);
    assert.equal(ticker.delayMs, PERIOD_MS);
  });

  it('reads at once for whoever asks, no more often than the timer would', () => {
    tree.misses(0, 7);
    assert.equal(core.monitor.latest()?.numaMisses, 2);
    tree.misses(0, 9);
    assert.equal(core.monitor.latest()?.numaMisses, 2);
    ticker.now += PERIOD_MS;
    assert.equal(core.monitor.latest()?.numaMisses, 4);
  });

  it('processes come and go', async () => {
    core.monitor.begin();
    await ticker.fire();
    tree.thread(100, 100, 30, [0, 1]);
    processes = processes.slice(0, 1);
    tree.remove('proc/101');
    await ticker.fire();
    assert.equal(core.monitor.latest()?.threadMigrations, 30);
    tree.remove('proc/100');
    await ticker.fire();
    const reading = core.monitor.latest();
    assert.equal(reading?.threadMigrations, 30);
    assert.deepEqual([reading.residency, reading.affinity, reading.residentBytes.size], [null, null, 0]);
    processes = [];
    await ticker.fire();
    processes = [{ id: 0, pid: 100, workers: 1, cpus: [0, 1], pinned: true }];
    tree.thread(100, 100, 40, [0, 1]);
    await ticker.fire();
    assert.equal(core.monitor.latest()?.threadMigrations, 30, 'another process, which has got the id anew');
    assert.deepEqual(told, []);
  });
});
