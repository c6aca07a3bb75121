/**
 * `node build/tests/numa/rig/main.js MACHINE [--host DIR] [--out DIR] [--timeout SECONDS] -- COMMAND`: boots a machine and runs a
 * command of its shell. MACHINE is a name of machines.ts or JSON: `{"nodes":2,"cpusPerNode":2}`. DIR of --host is /host there,
 * read-only and the command's folder; DIR of --out is /out. stdout, stderr and the exit code are the command's.
 */
import { parseArgs } from 'node:util';
import { MACHINES } from '../machines.ts';
import { boot } from './boot.ts';
import { guestImage } from './guest-image.ts';
import type { Machine } from './machine.ts';

const TIMED_OUT = 124;
const NOT_RUN = 125;

const { values, positionals } = parseArgs({
  options: {
    host: { type: 'string', default: '.' },
    out: { type: 'string' },
    timeout: { type: 'string', default: '300' },
  },
  allowPositionals: true,
});
const [name, ...command] = positionals;
if (name === undefined || command.length === 0) {
  console.error('expected MACHINE [--host DIR] [--out DIR] [--timeout SECONDS] -- COMMAND');
  process.exit(2);
}
const outcome = await boot({
  machine: machineOf(name),
  image: guestImage(),
  command: command.join(' '),
  host: values.host,
  out: values.out,
  timeoutMs: Number(values.timeout) * 1_000,
});
process.stdout.write(outcome.files.get('stdout') ?? '');
process.stderr.write(outcome.files.get('stderr') ?? '');
if (outcome.exit === undefined) process.stderr.write(outcome.console);
const up = outcome.bootSeconds === undefined ? 'never up' : `up after ${String(outcome.bootSeconds)} s`;
console.error(`${name}: ${outcome.wallSeconds.toFixed(1)} s, ${up}`);
process.exitCode = outcome.exit ?? (outcome.timedOut ? TIMED_OUT : NOT_RUN);

function machineOf(text: string): Machine {
  if (text.startsWith('{')) return JSON.parse(text) as Machine;
  const found = MACHINES.find((each) => each.name === text);
  if (found !== undefined) return found.machine;
  console.error(`expected one of ${MACHINES.map((each) => each.name).join(', ')} or JSON, got ${text}`);
  process.exit(2);
}
