import { Priority } from '../client/run-options.ts';
import { createEngine } from '../engine/engine.ts';
import { availableCpus } from '../topology/available.ts';
import { ExitCode } from './exit-code.ts';
import { checkDistinct, openInput, openOutput } from './files.ts';
import { Interrupt } from './interrupt.ts';
import { LineJob } from './line-job.ts';
import { LineReader } from './line-reader.ts';
import { formatStats } from './stats-text.ts';
import { parseTaskReference } from './task-reference.ts';

/** Priorities by the names the command line uses. */
const PRIORITIES = {
  critical: Priority.Critical,
  high: Priority.High,
  normal: Priority.Normal,
  low: Priority.Low,
} as const;

/** The options of `tallyio run`. */
export interface RunFlags {
  readonly input: string;
  readonly output: string;
  readonly workers?: number;
  readonly priority: keyof typeof PRIORITIES;
  readonly ordered?: boolean;
  readonly ndjson?: boolean;
  readonly continueOnError?: boolean;
  readonly stats?: boolean;
}

/** Lines in flight for each worker: enough that no worker waits for the host, few enough to hold; a guess. */
const LINES_PER_WORKER = 64;

type Tasks = Record<string, (input: unknown) => unknown>;

/** Feeds each line of the input to a task and writes the results. */
export async function run(reference: string, flags: RunFlags): Promise<ExitCode> {
  const { module, name, kind } = parseTaskReference(reference, process.cwd());
  checkDistinct(flags.input, flags.output);
  const workers = flags.workers ?? availableCpus().count;
  const priority = PRIORITIES[flags.priority];
  const interrupt = new Interrupt();
  const { source, size } = await openInput(flags.input);
  try {
    const engine = await createEngine<Tasks>({ [kind]: module, workers });
    try {
      const job = new LineJob({
        lines: (stop) => new LineReader(source, stop),
        size,
        output: await openOutput(flags.output),
        run: (input) => engine.run(name, input, { priority }),
        giveUp: () => engine.close({ drain: false }),
        concurrency: LINES_PER_WORKER * workers,
        ordered: flags.ordered ?? false,
        ndjson: flags.ndjson ?? false,
        continueOnError: flags.continueOnError ?? false,
        interrupt: interrupt.signal,
      });
      const exitCode = await job.finish();
      if (flags.stats === true) process.stderr.write(`${formatStats(engine.stats())}\n`);
      return exitCode;
    } finally {
      await engine.close({ drain: false });
    }
  } finally {
    source.destroy();
    interrupt.close();
  }
}
