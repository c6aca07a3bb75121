import { ExitCode } from './exit-code.ts';
import { Interrupt } from './interrupt.ts';
import { describe } from './print.ts';

/** The options of `tallyio bench`. */
export interface BenchFlags {
  readonly json?: string;
  readonly quick?: boolean;
}

interface Harness {
  runBench(args: {
    names: string[];
    json?: string;
    quick: boolean;
    rivals: boolean;
    signal?: AbortSignal;
  }): Promise<number>;
}

/** Runs the benchmarks that come with the package; their rivals do not. */
export async function bench(names: string[], flags: BenchFlags): Promise<ExitCode> {
  const harness = await loadHarness(new URL('../bench/main.js', import.meta.url));
  const interrupt = new Interrupt();
  try {
    const exitCode = await harness.runBench({
      names,
      ...(flags.json === undefined ? {} : { json: flags.json }),
      quick: flags.quick ?? false,
      rivals: false,
      signal: interrupt.signal,
    });
    if (interrupt.signal.aborted) return ExitCode.Interrupted;
    if (exitCode === ExitCode.Usage) return ExitCode.Usage;
    return exitCode === 0 ? ExitCode.Done : ExitCode.Failed;
  } finally {
    interrupt.close();
  }
}

async function loadHarness(url: URL): Promise<Harness> {
  let module: unknown;
  try {
    module = await import(url.href);
  } catch (error) {
    throw new Error(`expected the benchmarks at ${url.href}, got ${describe(error)}; install the package again`, {
      cause: error,
    });
  }
  if (!isHarness(module)) throw new Error(`expected ${url.href} to export runBench; install the package again`);
  return module;
}

function isHarness(module: unknown): module is Harness {
  return typeof module === 'object' && module !== null && 'runBench' in module && typeof module.runBench === 'function';
}
