import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { until } from './until.ts';

const V1 = '/sys/fs/cgroup/memory';
const V2 = '/sys/fs/cgroup';

/** A control group of the kernel with a memory limit. Making one takes the rights of root. */
export class MemoryGroup {
  readonly #directory: string;

  private constructor(directory: string, limitFile: string, limitBytes: number) {
    this.#directory = directory;
    writeFileSync(`${directory}/${limitFile}`, String(limitBytes));
  }

  /** @returns why there is none, where it cannot be made */
  static make(limitBytes: number): MemoryGroup | string {
    const isV1 = existsSync(`${V1}/memory.limit_in_bytes`);
    const directory = `${isV1 ? V1 : V2}/tallyio-test-${String(process.pid)}`;
    try {
      if (!isV1 && !readFileSync(`${V2}/cgroup.subtree_control`, 'utf8').includes('memory')) {
        return 'the control groups below the root have no memory controller';
      }
      mkdirSync(directory);
      return new MemoryGroup(directory, isV1 ? 'memory.limit_in_bytes' : 'memory.max', limitBytes);
    } catch (error) {
      return `no control group can be made here: ${String(error)}`;
    }
  }

  take(pid: number): void {
    writeFileSync(`${this.#directory}/cgroup.procs`, String(pid));
  }

  /** When the last process in it has gone. */
  async remove(): Promise<void> {
    await until(() => readFileSync(`${this.#directory}/cgroup.procs`, 'utf8') === '', 'the control group to be empty');
    rmdirSync(this.#directory);
  }
}
