import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const GROUP = 'sys/fs/cgroup/pod';

/** A machine of files with one control group (v2) that has a memory limit: its readings are what a test says. */
export class MemoryTree {
  readonly root = mkdtempSync(join(tmpdir(), 'tallyio memory '));
  readonly limitBytes = 1_000_000;

  constructor() {
    this.write('proc/self/cgroup', '0::/pod\n');
    this.write('proc/self/mountinfo', '31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n');
    this.write(`${GROUP}/memory.max`, `${String(this.limitBytes)}\n`);
    this.use(0);
    this.stall(0, 0);
  }

  /** @param share of the limit. @param cache share of it that is page cache nobody has touched lately, on top */
  use(share: number, cache = 0): void {
    this.write(`${GROUP}/memory.current`, `${String(Math.round((share + cache) * this.limitBytes))}\n`);
    const inactive = String(Math.round(cache * this.limitBytes));
    this.write(`${GROUP}/memory.stat`, `anon 4096\nfile 1\ninactive_anon 7\ninactive_file ${inactive}\n`);
  }

  /** Shares of the last ten seconds. */
  stall(some: number, full: number): void {
    const line = (share: number): string => `avg10=${(share * 100).toFixed(2)} avg60=99.00 avg300=99.00 total=1`;
    this.write(`${GROUP}/memory.pressure`, `some ${line(some)}\nfull ${line(full)}\n`);
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.root, dirname(path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}
