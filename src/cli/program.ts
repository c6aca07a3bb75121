import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { TallyError } from '../base/errors.ts';
import { bare } from '../base/given.ts';
import { ownPackage } from '../kernel-build/own-package.ts';
import type { BenchFlags } from './bench.ts';
import type { BuildFlags } from './build.ts';
import type { DoctorFlags } from './doctor.ts';
import { ExitCode, UsageError } from './exit-code.ts';
import { describe, oneLine } from './print.ts';
import type { RunFlags } from './run.ts';
import type { TopologyFlags } from './topology.ts';

/** What a call of the command line ends with. */
interface Conclusion {
  exitCode: ExitCode;
}

/** Runs the command line `args` (without node and script). Never rejects: what went wrong is on stderr. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const conclusion: Conclusion = { exitCode: ExitCode.Done };
  const program = createProgram(conclusion);
  try {
    if (args.length === 0) {
      throw new UsageError('expected a command: run, build, topology, doctor or bench; tallyio --help describes them');
    }
    await program.parseAsync(args, { from: 'user' });
    return conclusion.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Done : ExitCode.Usage;
    process.stderr.write(`${['tallyio', ...commandOf(program, args)].join(' ')}: ${describe(error)}\n`);
    return isUsage(error) ? ExitCode.Usage : ExitCode.Failed;
  }
}

/** The commands and their options; a command's code is loaded when it runs. */
function createProgram(conclusion: Conclusion): Command {
  const program = new Command('tallyio').description('Work-stealing task engine for Node.js');
  configure(program).usage('<run|build|topology|doctor|bench> [options]');

  configure(program.command('run'))
    .description('feed each line of the input to a task, in parallel, and write one result per line')
    .argument('<MODULE#NAME>', 'module (JavaScript, or WebAssembly with kernels) and the name of an exported task')
    .option('--input <FILE>', 'where the lines come from; - is stdin', '-')
    .option('--output <FILE>', 'where the results go; - is stdout', '-')
    .option('--workers <N>', 'worker threads (default: the CPUs this process may use)', wholeNumber)
    .addOption(
      new Option('--priority <LEVEL>', 'urgency of the tasks')
        .choices(['critical', 'high', 'normal', 'low'])
        .default('normal'),
    )
    .option('--ordered', 'results in the order of the lines instead of as they come')
    .addOption(new Option('--lines', 'a line is a string (the default)').conflicts('ndjson'))
    .option('--ndjson', 'a line is a JSON value; blank lines are skipped')
    .option('--continue-on-error', 'report a line that fails on stderr and go on; exit 1 at the end')
    .option('--stats', 'print the statistics of the engine on stderr at the end')
    .addHelpText('after', '\nA result that is a string is written as it is, any other as JSON.')
    .action(async (reference: string, flags: RunFlags) => {
      const { run } = await import('./run.ts');
      conclusion.exitCode = await run(reference, bare(flags));
    });

  configure(program.command('build'))
    .description('compile kernels in AssemblyScript, together with the engine, into a module for the option kernels')
    .argument('<FILE...>', 'AssemblyScript files; the functions that they export are the kernels')
    .requiredOption('-o, --output <OUT.wasm>', 'where the module goes')
    .option('--checked', 'with assertions, bounds checks and names of functions: slower, for finding errors')
    .option('--types <FILE.ts>', 'write the inputs and results of the kernels to a file as TypeScript')
    .option('--watch', 'build again whenever a file that was read changes')
    .option('--json', 'print what was built as one JSON object')
    .action(async (files: string[], flags: BuildFlags) => {
      const { build } = await import('./build.ts');
      conclusion.exitCode = await build(files, bare(flags));
    });

  configure(program.command('topology'))
    .description('show the NUMA nodes, caches and CPUs of this machine, and what an engine would use of them')
    .option('--json', 'print one JSON object instead')
    .option('--svg <FILE>', 'write a picture to a file as well')
    .option('--sysfs-root <DIR>', 'show the machine whose sys/ and proc/ are in a directory (default: this one)')
    .action(async (flags: TopologyFlags) => {
      const { topology } = await import('./topology.ts');
      conclusion.exitCode = topology(bare(flags));
    });

  configure(program.command('doctor'))
    .description('tell what works here, and what to do about what does not')
    .option('--json', 'print one JSON object')
    .action(async (flags: DoctorFlags) => {
      const { doctor } = await import('./doctor.ts');
      conclusion.exitCode = await doctor(bare(flags));
    });

  configure(program.command('bench'))
    .description('run the benchmark suites on this machine')
    .argument('[SUITE|CASE...]', 'what to run (default: everything)')
    .option('--json <FILE>', 'write the results to a file as JSON')
    .option('--quick', 'fewer and shorter rounds')
    .action(async (names: string[], flags: BenchFlags) => {
      const { bench } = await import('./bench.ts');
      conclusion.exitCode = await bench(names, bare(flags));
    });

  return program;
}

/** Usage errors are one line that says what was expected, and an exception instead of an exit. */
function configure(command: Command): Command {
  return command
    .version(ownPackage().version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        const name = [command.parent?.name() ?? '', command.name()].join(' ').trim();
        const problem = oneLine(text)
          .replace(/^error: /, '')
          .replace(/\.$/, '');
        write(`${name}: ${problem}; expected ${name} ${command.usage()}\n`);
      },
    });
}

/** Options that only the engine can judge, such as a number of workers beyond its limit, are usage too. */
function isUsage(error: unknown): boolean {
  return error instanceof UsageError || (error instanceof TallyError && error.code === 'ERR_INVALID_OPTION');
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError('Expected a whole number of at least 1.');
  }
  return number;
}

function commandOf(program: Command, args: readonly string[]): string[] {
  return program.commands.map((command) => command.name()).filter((name) => name === args[0]);
}
