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
  { name: 'faults', file: 'faults', machines: ['2x2'] },
  { name: 'migrations', file: 'migrations', machines: ['memory-only'] },
  { name: 'hotplug', file: 'hotplug', machines: ['memory-less'] },
  { name: 'cpuset', file: 'cpuset', machines: ['cpuset'] },
  {
    name: 'command',
    file: 'command',
    machines: ['memory-only', 'memory-less', 'asymmetric', 'offline', 'cpuset', 'isolcpus'],
  },
];

const PATH_WITHOUT_NUMACTL = 'PATH=/bin:/usr/bin';
/** Several times what one takes where two cores play all of the machine. */
const TIMEOUT_S = 360;
/** Lines of what a program prints beside its records. */
const SHOWN_LINES = 20;

export function programsFor(machine: string, programs: readonly Program[] = PROGRAMS): Program[] {
  return programs.filter(({ machines }) => machines?.includes(machine) !== false);
}

/** Runs them one after the other in the guest's shell; what each of them prints, how it ends and when stays in /io. */
export function commandFor(machine: string, programs: readonly Program[]): string {
  return programs
    .map(({ name, file, withoutNumactl = false }) => {
      const path = withoutNumactl ? `${PATH_WITHOUT_NUMACTL} ` : '';
      const node = `node --enable-source-maps build/tests/numa/guest/${file}.js ${machine}`;
      return [
        `cat /proc/uptime > /io/${name}.begin`,
        `${path}timeout -s KILL ${String(TIMEOUT_S)} ${node} > /io/${name}.out 2> /io/${name}.err`,
        `echo $? > /io/${name}.exit`,
        `cat /proc/uptime > /io/${name}.end`,
      ].join('\n');
    })
    .join('\n');
}

/** What a program said; that it said nothing, or ended badly, is a failed check. */
export function recordsOf({ name }: Program, files: BootOutcome['files']): CheckRecord[] {
  const lines = (files.get(`${name}.out`) ?? '').split('\n');
  const records = lines.map(recordOf).filter((record) => record !== undefined);
  const exit = files.get(`${name}.exit`)?.trim() ?? '';
  const hasFailed = records.some(({ outcome }) => outcome === 'failed');
  if (exit === '0' ? records.length > 0 && !hasFailed : exit === '1' && hasFailed) return records;
  const ending = exit === '' ? 'it did not end' : `it ended with ${exit}`;
  const message = `${ending}; it told of ${String(records.length)} checks`;
  return [...records, { check: 'the program ends well', outcome: 'failed', message }];
}

/** What else a program printed: the last lines. */
export function noiseOf({ name }: Program, files: BootOutcome['files']): string[] {
  const printed = `${files.get(`${name}.out`) ?? ''}\n${files.get(`${name}.err`) ?? ''}`.split('\n');
  return printed.filter((line) => line !== '' && recordOf(line) === undefined).slice(-SHOWN_LINES);
}

/** How long a program took, by the guest's clock; undefined when it did not end. */
export function secondsOf({ name }: Program, files: BootOutcome['files']): number | undefined {
  const at = (when: string): number => Number.parseFloat(files.get(`${name}.${when}`) ?? '');
  const seconds = at('end') - at('begin');
  return Number.isNaN(seconds) ? undefined : seconds;
}
