import { MACHINES, type NamedMachine } from '../machines.ts';
import type { CheckRecord } from '../record.ts';

/** The machine that the program was told it runs on. */
export function thisMachine(): NamedMachine {
  const machine = MACHINES.find(({ name }) => name === process.argv[2]);
  if (machine === undefined) throw new Error(`expected a machine's name, got ${String(process.argv[2])}`);
  return machine;
}

/** Runs a check and tells its outcome; the program ends with 1 when one has failed. */
export async function check(name: string, run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
    tell({ check: name, outcome: 'ok' });
  } catch (error) {
    process.exitCode = 1;
    tell({
      check: name,
      outcome: 'failed',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

/** Tells that a check is not made, and why. */
export function skip(name: string, why: string): void {
  tell({ check: name, outcome: 'skipped', message: why });
}

function tell(record: CheckRecord): void {
  process.stdout.write(`${JSON.stringify(record)}\n`);
}
