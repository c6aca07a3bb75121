import { readFileSync } from 'node:fs';

/** Threads of this process; 0 where the system does not tell. */
export function threadsOfProcess(): number {
  try {
    return Number(/^Threads:\s*(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
