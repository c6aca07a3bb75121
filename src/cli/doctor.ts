import type { Check } from './check.ts';
import { ExitCode } from './exit-code.ts';
import { machineChecks } from './machine-checks.ts';
import { numaCheck } from './numa-check.ts';
import { table } from './print.ts';
import { runtimeChecks } from './runtime-checks.ts';

/** The options of `tallyio doctor`. */
export interface DoctorFlags {
  readonly json?: boolean;
}

/** Tells what works here; fails only when the engine cannot run. */
export async function doctor(flags: DoctorFlags): Promise<ExitCode> {
  const checks = [...(await runtimeChecks()), ...(await machineChecks()), numaCheck()];
  const ok = checks.every(({ status }) => status !== 'fail');
  process.stdout.write(flags.json === true ? `${JSON.stringify({ ok, checks })}\n` : `${report(checks)}\n`);
  return ok ? ExitCode.Done : ExitCode.Failed;
}

/** The checks as a table, then the way out for each that is not ok. */
function report(checks: readonly Check[]): string {
  const facts = table(checks.map(({ status, title, detail }) => [status.padEnd(4), title, detail]));
  const ways = checks.flatMap(({ title, fix }) => (fix === undefined ? [] : [`${title}: ${fix}`]));
  return ways.length === 0 ? facts : `${facts}\n\n${ways.join('\n')}`;
}
