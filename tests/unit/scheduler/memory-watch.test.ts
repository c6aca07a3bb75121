import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import type { MemoryPressure } from '../../../src/client/pressure.ts';
import type { MemoryWatch, PressureMarks } from '../../../src/scheduler/memory-watch.ts';
import { MemoryTree } from '../../support/memory-tree.ts';

// The timers are taken as they are when the module is loaded.
mock.timers.enable({ apis: ['setTimeout'] });
const module = await import('../../../src/scheduler/memory-watch.ts');
mock.timers.reset();

const MARKS: PressureMarks = { shedAt: 0.8, refuseAt: 0.9, stallShedAt: 0.3, stallRefuseAt: 0.6 };
const LOOK_EVERY_MS = 500;
const NEVER: PressureMarks = { shedAt: Infinity, refuseAt: Infinity, stallShedAt: Infinity, stallRefuseAt: Infinity };

describe('MemoryWatch', () => {
  let tree: MemoryTree;
  let told: MemoryPressure[];
  let readings: number;
  let isBusy: boolean;
  let watch: MemoryWatch | undefined;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    tree = new MemoryTree();
    isBusy = true;
  });
  afterEach(() => {
    watch?.close();
    mock.timers.reset();
    tree.remove();
  });

  function begin(marks: Partial<PressureMarks> = {}): MemoryWatch {
    told = [];
    readings = 0;
    const onReading = (pressure: MemoryPressure, isNew: boolean): void => {
      readings += 1;
      if (isNew) told.push(pressure);
    };
    watch = new module.MemoryWatch({ ...MARKS, ...marks }, { root: tree.root }, () => isBusy, onReading);
    watch.begin();
    return watch;
  }

  function look(): void {
    mock.timers.tick(LOOK_EVERY_MS);
  }

  const levels = (): string[] => told.map(({ resource, level }) => `${resource} ${level}`);

  function levelsOf(marks: Partial<PressureMarks>, steps: readonly (() => void)[]): string[] {
    begin(marks);
    for (const step of steps) {
      step();
      look();
    }
    watch?.close(); // a test may begin another one
    return levels();
  }

  const use = (share: number, cache?: number) => () => {
    tree.use(share, cache);
  };
  const stall = (some: number, full: number) => () => {
    tree.stall(some, full);
  };

  it('rises and falls by steps, each told once', () => {
    const steps = [use(0.79), use(0.8), use(0.85), use(0.9), use(0.95), use(0.84), use(0.7), use(0.1)];
    assert.deepEqual(levelsOf({}, steps), ['memory shed', 'memory refuse', 'memory shed', 'memory none']);
    assert.deepEqual(told[1], {
      resource: 'memory',
      usage: 900_000,
      limit: 1_000_000,
      unit: 'bytes',
      level: 'refuse',
    });
    assert.equal(readings, 6, 'of those below nothing is told but the first');
  });

  it('stays until it is 5 % below the mark', () => {
    assert.deepEqual(levelsOf({}, [use(0.8), use(0.77), use(0.8), use(0.77)]), ['memory shed']);
    assert.deepEqual(levelsOf({}, [use(0.1), use(0.9), use(0.86), use(0.9)]), ['memory refuse']);
    assert.deepEqual(levelsOf({}, [use(0.1), use(0.9), use(0.85)]), ['memory refuse', 'memory shed']);
  });

  it('jumps', () => {
    assert.deepEqual(levelsOf({}, [use(0.99), use(0.01)]), ['memory refuse', 'memory none']);
  });

  it('page cache is no pressure', () => {
    assert.deepEqual(levelsOf({}, [use(0.5, 0.5), use(0.75, 0.25)]), []);
    assert.deepEqual(levelsOf({}, [use(0.82, 0.18)]), ['memory shed']);
  });

  it('stalls: some shed, full refuse, half of the mark ends it', () => {
    const steps = [stall(0.29, 0), stall(0.3, 0), stall(0.16, 0), stall(0.9, 0.6), stall(0.9, 0.31), stall(0.1, 0.1)];
    assert.deepEqual(levelsOf({}, steps), ['stall shed', 'stall refuse', 'stall none']);
    assert.deepEqual(told[1], { resource: 'stall', usage: 60, limit: 60, unit: 'percent', level: 'refuse' });
  });

  it('the higher level of both counts', () => {
    const steps = [use(0.8), stall(0.9, 0.9), stall(0, 0), stall(0.9, 0), use(0), stall(0, 0)];
    assert.deepEqual(levelsOf({}, steps), ['memory shed', 'stall refuse', 'memory shed', 'stall none']);
  });

  it('Infinity switches either off, and without marks nothing is read', () => {
    assert.deepEqual(levelsOf({ shedAt: Infinity, refuseAt: Infinity }, [use(1), stall(1, 0)]), ['stall shed']);
    tree.stall(0, 0);
    assert.deepEqual(levelsOf({ stallShedAt: Infinity, stallRefuseAt: Infinity }, [use(0), stall(1, 1)]), []);
    assert.deepEqual(levelsOf(NEVER, [use(1), stall(1, 1)]), []);
  });

  it('a source that goes away is no pressure any more', () => {
    const gone = (): void => {
      tree.write('sys/fs/cgroup/pod/memory.max', 'max\n');
    };
    assert.deepEqual(levelsOf({}, [use(0.95), gone]), ['memory refuse', 'memory none']);
  });

  it('watches while there are tasks, once after, and until it is over', () => {
    const each = begin();
    isBusy = false;
    tree.use(0.95);
    look(); // the last one, had it not been short
    assert.deepEqual(levels(), ['memory refuse']);
    tree.use(0.1);
    look();
    assert.deepEqual(levels(), ['memory refuse', 'memory none']);
    tree.use(0.95);
    for (let n = 0; n < 5; ++n) look();
    assert.deepEqual(levels(), ['memory refuse', 'memory none'], 'nobody looks');
    each.begin();
    each.begin();
    look();
    assert.deepEqual(levels(), ['memory refuse', 'memory none', 'memory refuse']);
    assert.equal(readings, 3);
  });
});
