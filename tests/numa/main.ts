/**
 * `npm run test:numa -- [MACHINE…] [--list]`: boots each machine in QEMU with a real kernel, runs the guest programs there and
 * prints a line for each check. Exits 1 when a check fails; 0 where there can be no QEMU, unless TALLYIO_NUMA is `require`.
 */
import { parseArgs } from 'node:util';
import { projectRoot } from '../support/project.ts';
import { MACHINES, type NamedMachine } from './machines.ts';
import { commandFor, noiseOf, programsFor, type Program, recordsOf, secondsOf } from './programs.ts';
import { type BootOutcome, boot } from './rig/boot.ts';
import { type GuestImage, guestImage } from './rig/guest-image.ts';
import { RigUnavailable } from './rig/unavailable.ts';
import { Tally } from './tally.ts';

/** Several times what the slowest machine takes where two cores play all of them. */
const TIMEOUT_MS = 900_000;
const SHOWN_CONSOLE_LINES = 60;

const { values, positionals } = parseArgs({
  options: { list: { type: 'boolean', default: false } },
  allowPositionals: true,
});
process.exitCode = values.list ? list() : await run(positionals);

function list(): number {
  for (const { name, title } of MACHINES) console.log(`${name.padEnd(12)} ${title}`);
  return 0;
}

async function run(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !MACHINES.some((machine) => machine.name === name));
  if (unknown !== undefined) {
    console.error(`expected names of machines (--list prints them), got ${JSON.stringify(unknown)}`);
    return 2;
  }
  try {
    return await check(names.length === 0 ? MACHINES : MACHINES.filter(({ name }) => names.includes(name)));
  } catch (error) {
    if (!(error instanceof RigUnavailable)) throw error;
    console.log(`skipped: ${error.message}`);
    return process.env['TALLYIO_NUMA'] === 'require' ? 1 : 0;
  }
}

async function check(machines: readonly NamedMachine[]): Promise<number> {
  const image = guestImage();
  console.log(image.description);
  const all = new Tally();
  for (const machine of machines) all.add(await checkOne(machine, image));
  console.log(`\n${String(machines.length)} machines: ${all.toString()}`);
  return all.failed === 0 ? 0 : 1;
}

async function checkOne({ name, title, machine }: NamedMachine, image: GuestImage): Promise<Tally> {
  console.log(`\n${name}: ${title}`);
  const programs = programsFor(name);
  const outcome = await boot({
    machine,
    image,
    command: commandFor(name, programs),
    host: projectRoot,
    timeoutMs: TIMEOUT_MS,
  });
  const tally = new Tally(outcome.wallSeconds);
  for (const program of programs) report(program, outcome, tally);
  if (tally.failed > 0) showConsole(outcome);
  console.log(`  ${name}: ${tally.toString()}: ${timesOf(programs, outcome)}`);
  return tally;
}

function report(program: Program, { files }: BootOutcome, tally: Tally): void {
  const failedBefore = tally.failed;
  for (const record of recordsOf(program, files)) console.log(tally.count(program.name, record));
  if (tally.failed > failedBefore) show(`${program.name} also said:`, noiseOf(program, files));
}

function showConsole({ console: text, files, timedOut }: BootOutcome): void {
  if (timedOut) console.log('  it was stopped because it took too long');
  const lines = `${text}${files.get('stderr') ?? ''}`.trimEnd().split('\n');
  show('console:', lines.slice(-SHOWN_CONSOLE_LINES));
}

function show(what: string, lines: readonly string[]): void {
  if (lines.length > 0) console.log([`  ${what}`, ...lines].join('\n    '));
}

/** Where the time went, by the guest's clock. */
function timesOf(programs: readonly Program[], { bootSeconds, files }: BootOutcome): string {
  const times = programs.map((program) => [program.name, secondsOf(program, files)] as const);
  return [['boot', bootSeconds] as const, ...times]
    .map(([what, seconds]) => `${what} ${seconds === undefined ? 'never' : `${seconds.toFixed(1)} s`}`)
    .join(', ');
}
