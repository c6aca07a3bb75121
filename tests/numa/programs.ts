import type { BootOutcome } from './rig/boot.ts';
import { type CheckRecord, recordOf } from './record.ts';

/** A program that runs on the machines: `guest/FILE.ts`, with the machine's name as its argument. */
export interface Program {
  readonly name: string;
  readonly file: string;
  /** numactl is not on the PATH. @default false */
  readonly withoutNumactl?: boolean;
  /** Names of the machines it runs on. @default all */
  readonly machines?: readonly string[];
}

/** In the order in which they run. */
export const PROGRAMS: readonly Program[] = [
  { name: 'kernel', file: 'kernel' },
  { name: 'topology', file: 'topology' },
  { name: 'masks', file: 'masks' },
  { name: 'residency', file: 'residency' },
  { name: 'engine', file: 'engine' },
  { name: 'engine-without-numactl', file: 'engine', withoutNumactl: true, machines: ['2x2'] },
];

const PATH_WITHOUT_NUMACTL = 'PATH=/bin:/usr/bin';
/** Lines of a program's errors that are shown. */
const SHOWN_LINES = 20;

export function programsFor(machine: string, programs: readonly Program[] = PROGRAMS): Program[] {
  return programs.filter(({ machines }) => machines?.includes(machine) !== false);
}

/** Runs them one after the other in the guest's shell; what each of them prints, and how it ends, stays in /io. */
export function commandFor(machine: string, programs: readonly Program[]): string {
  return programs
    .map(({ name, file, withoutNumactl = false }) => {
      const node = `${withoutNumactl ? `${PATH_WITHOUT_NUMACTL} ` : ''}node --enable-source-maps`;
      return `${node} build/tests/numa/guest/${file}.js ${machine} > /io/${name}.out 2> /io/${name}.err; echo $? > /io/${name}.exit`;
    })
    .join('\n');
}

/** What a program said; that it said nothing, or ended badly, is a failed check. */
export function recordsOf({ name }: Program, files: BootOutcome['files']): CheckRecord[] {
  const lines = (files.get(`${name}.out`) ?? '').split('\n');
  const records = lines.map(recordOf).filter((record) => record !== undefined);
  const exit = files.get(`${name}.exit`)?.trim();
  const isExplained = exit === '0' ? records.length > 0 : records.some(({ outcome }) => outcome === 'failed');
  if (exit !== undefined && isExplained) return records;
  const ending = exit === undefined ? 'it did not end' : `it ended with ${exit} after ${String(records.length)} checks`;
  const others = lines.filter((line) => line !== '' && recordOf(line) === undefined);
  const errors = (files.get(`${name}.err`) ?? '').trimEnd().split('\n').slice(-SHOWN_LINES);
  const message = [ending, ...others.slice(-SHOWN_LINES), ...errors].join('\n').trimEnd();
  return [...records, { check: 'the program ends well', outcome: 'failed', message }];
}
