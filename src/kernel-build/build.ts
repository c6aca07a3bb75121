import { existsSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { LAYOUT_VERSION } from '../abi/layout.ts';
import { type Manifest, withManifest } from '../wasm/manifest.ts';
import { compilerFlags } from './compiler-flags.ts';
import { type Compile, loadCompiler } from './compiler.ts';
import { type Finding, findingText } from './finding.ts';
import { unfitCode, unfitExports } from './kernel-check.ts';
import { inlineHot } from './inlined.ts';
import { kernelFacts } from './kernel-facts.ts';
import { type ModuleText, readModuleText } from './module-text.ts';
import { takenNames } from './name-check.ts';
import { ownPackage } from './own-package.ts';
import type { Program } from './program.ts';
import { ENTRY, SourceFiles } from './source-files.ts';

/** What to build. */
export interface BuildOptions {
  /** AssemblyScript files whose exported functions are kernels. */
  readonly files: readonly string[];
  /** Paths are relative to it, those of messages too; default: the current folder. */
  readonly folder?: string;
  /** With assertions, bounds checks and names of functions; default: without. */
  readonly checked?: boolean;
  /** Names of exported functions that are no kernels; default: none. */
  readonly plain?: readonly string[];
  /** Called with the path of each file before it is read. */
  readonly onRead?: (path: string) => void;
}

/** A module of kernels. */
export interface KernelBuild {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly manifest: Manifest;
  /** In the text format, optimised. */
  readonly text: string;
  /** What the compiler says of it all the same. */
  readonly warnings: string;
}

/** The kernels cannot be built: the message says where and why, as the compiler prints it, on several lines. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
}

/**
 * Compiles kernels together with the engine into one module.
 *
 * @throws {BuildError} for what is wrong with the kernels
 * @throws {CompilerMissing} without AssemblyScript
 */
export async function buildKernels(options: BuildOptions): Promise<KernelBuild> {
  const folder = resolve(options.folder ?? '.');
  const { root, version } = ownPackage();
  const compile = await loadCompiler([folder, root]);
  const files = sourcesOf(options, folder);
  const sources = new SourceFiles(folder, root, files, options.onRead ?? ignore);
  const checked = options.checked ?? false;
  const compiled = await compileFiles(compile, sources, { folder, files, checked, plain: new Set(options.plain) });
  const manifest = { tallyio: version, layout: LAYOUT_VERSION, checked, kernels: compiled.kernels };
  const { text, warnings } = compiled;
  return { module: withManifest(compiled.module, manifest), manifest, text, warnings };
}

/** Each file once, as the compiler names files. */
function sourcesOf({ files, onRead }: BuildOptions, folder: string): string[] {
  const paths = [...new Set(files.map((file) => resolve(folder, file)))];
  for (const path of paths) {
    onRead?.(path);
    if (!existsSync(path)) throw new BuildError(`ERROR: there is no file ${relative(folder, path)}`);
  }
  return paths.map((path) => relative(folder, path).split(sep).join('/'));
}

interface Job {
  readonly folder: string;
  readonly files: readonly string[];
  readonly checked: boolean;
  readonly plain: ReadonlySet<string>;
}

interface Compiled {
  readonly module: Uint8Array;
  readonly text: string;
  readonly warnings: string;
  readonly kernels: Manifest['kernels'];
}

async function compileFiles(compile: Compile, sources: SourceFiles, job: Job): Promise<Compiled> {
  const said: string[] = [];
  const written = new Map<string, string | Uint8Array>();
  let kernels: Manifest['kernels'] = [];
  let program: Program | undefined;
  const findings: Finding[] = [];
  const refuse = (found: readonly Finding[]): void => {
    findings.push(...found);
    if (findings.length > 0) throw new Error('kernels that cannot be built');
  };
  const output = ['--baseDir', job.folder, '--outFile', 'kernels.wasm', '--textFile', 'kernels.wat'];
  const { error } = await compile([ENTRY, ...output, ...compilerFlags(job.checked)], {
    stderr: { write: (text) => void said.push(String(text)) },
    readFile: (name) => sources.read(name),
    writeFile: (name, contents) => void written.set(name, contents),
    transforms: [
      {
        afterInitialize(initialized) {
          program = initialized;
          inlineHot(initialized);
          refuse(takenNames(initialized, job.files));
        },
        afterCompile(module) {
          if (program === undefined) return;
          const text = readModuleText(module.emitText());
          kernels = kernelFacts(program, text, job.plain);
          refuse(findingsIn(program, text, job.plain, kernels.length));
        },
      },
    ],
  });
  const messages = stripVTControlCharacters(said.join('')) // it colours what it says where CI is set
    .replace(/^FAILURE [^]*/m, '')
    .trim();
  const [module, text] = [written.get('kernels.wasm'), written.get('kernels.wat')];
  if (findings.length > 0)
    throw new BuildError([messages, ...findings.sort(byPlace).map(findingText)].filter(Boolean).join('\n\n').trim());
  if (error !== null || !(module instanceof Uint8Array) || typeof text !== 'string') {
    throw new BuildError(messages === '' ? `ERROR: ${String(error?.message)}` : messages);
  }
  return { module, text, kernels, warnings: messages };
}

function findingsIn(program: Program, text: ModuleText, plain: ReadonlySet<string>, kernels: number): Finding[] {
  const found = [...unfitExports(program, text, plain), ...unfitCode(program, text)];
  if (found.length > 0 || kernels > 0) return found;
  const message = 'no kernel is exported: export function NAME(task: usize): void { … }';
  return [{ message, place: undefined }];
}

function byPlace({ place: a }: Finding, { place: b }: Finding): number {
  const [pathA, pathB] = [a?.path ?? '', b?.path ?? ''];
  return pathA === pathB ? (a?.line ?? 0) - (b?.line ?? 0) : pathA < pathB ? -1 : 1;
}

function ignore(): void {
  // Nobody wants to know.
}
