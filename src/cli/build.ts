import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BuildError, type KernelBuild, buildKernels } from '../kernel-build/build.ts';
import { CompilerMissing } from '../kernel-build/compiler.ts';
import { kernelTypes } from '../kernel-build/kernel-types.ts';
import { ExitCode, UsageError } from './exit-code.ts';
import { FileWatch } from './file-watch.ts';
import { Interrupt } from './interrupt.ts';
import { counted, describe, formatBytes } from './print.ts';

/** The options of `tallyio build`. */
export interface BuildFlags {
  readonly output: string;
  readonly checked?: boolean;
  readonly types?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** Compiles kernels together with the engine, once or whenever one of their files changes. */
export async function build(files: readonly string[], flags: BuildFlags): Promise<ExitCode> {
  checkNames(files, flags);
  if (flags.watch !== true) return await buildOnce(files, flags);
  const interrupt = new Interrupt();
  try {
    const watch = new FileWatch();
    while (!interrupt.signal.aborted) {
      await buildOnce(files, flags, watch);
      process.stderr.write('waiting for changes\n');
      await watch.changed(interrupt.signal);
    }
    return ExitCode.Interrupted;
  } finally {
    interrupt.close();
  }
}

/** @throws {UsageError} for what cannot be a source or a module, and where one would be written over another */
function checkNames(files: readonly string[], { output, types }: BuildFlags): void {
  const other = files.find((file) => !file.endsWith('.ts') || file.endsWith('.d.ts'));
  if (other !== undefined) throw new UsageError(`expected AssemblyScript files (.ts), got ${other}`);
  if (!output.endsWith('.wasm')) throw new UsageError(`--output: expected the name of a .wasm file, got ${output}`);
  if (types === undefined) return;
  if (!types.endsWith('.ts')) throw new UsageError(`--types: expected the name of a .ts file, got ${types}`);
  const source = files.find((file) => resolve(file) === resolve(types));
  if (source !== undefined) throw new UsageError(`--types: expected another file than FILE, got ${types} for both`);
}

async function buildOnce(files: readonly string[], flags: BuildFlags, watch?: FileWatch): Promise<ExitCode> {
  try {
    const built = await buildKernels({
      files,
      checked: flags.checked ?? false,
      onRead: (path) => watch?.note(path),
    });
    write(flags.output, built.module);
    if (flags.types !== undefined) write(flags.types, kernelTypes(built.manifest.kernels));
    report(built, flags);
    return ExitCode.Done;
  } catch (error) {
    if (error instanceof CompilerMissing) throw new UsageError(error.message, { cause: error });
    if (!(error instanceof BuildError) && watch === undefined) throw error;
    process.stderr.write(`${error instanceof BuildError ? error.message : `tallyio build: ${describe(error)}`}\n`);
    return ExitCode.Failed;
  }
}

/** At once: an engine that starts meanwhile reads the file of before. */
function write(name: string, contents: Uint8Array | string): void {
  mkdirSync(dirname(name), { recursive: true });
  const unfinished = `${name}.${String(process.pid)}.tmp`;
  try {
    writeFileSync(unfinished, contents);
    renameSync(unfinished, name);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

function report({ module, manifest, warnings }: KernelBuild, { output, json }: BuildFlags): void {
  if (warnings !== '') process.stderr.write(`${warnings}\n`);
  const names = manifest.kernels.map(({ name }) => name).join(', ');
  const kernels = counted(manifest.kernels.length, 'kernel');
  process.stderr.write(`${output}: ${kernels} (${names}), ${formatBytes(module.length)}\n`);
  if (json === true) process.stdout.write(`${JSON.stringify({ file: output, bytes: module.length, ...manifest })}\n`);
}
