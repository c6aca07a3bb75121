/**
 * What a module of kernels says of itself, in a custom section that `tallyio build` appends: JSON, so that other tools can
 * read it. Whoever can write a module can write this: it is checked like any input, and trusted with nothing.
 */

/** Name of the custom section. */
export const MANIFEST_SECTION = 'tallyio.kernels';
/** Changes whenever a property changes its meaning; a reader refuses any other. */
const MANIFEST_FORMAT = 1;

const INPUT_KINDS = ['none', 'number', 'bytes', 'any'] as const;
const RESULT_KINDS = ['number', 'bytes', 'any'] as const;

/** One kernel of a module, as its code shows. */
export interface KernelFacts {
  /** Its export, and the name of the task. */
  readonly name: string;
  /** What it reads of its input; `any`: a number, or bytes. */
  readonly input: (typeof INPUT_KINDS)[number];
  /** What it may set as its result; `any`: a number, or bytes. */
  readonly result: (typeof RESULT_KINDS)[number];
}

/** What the section says. */
export interface Manifest {
  /** Version of the package that built the module. */
  readonly tallyio: string;
  /** LAYOUT_VERSION of the engine in the module. */
  readonly layout: number;
  /** Built with assertions and bounds checks. */
  readonly checked: boolean;
  /** Sorted by name. */
  readonly kernels: readonly KernelFacts[];
}

/** `module` with the section behind its last one. */
export function withManifest(module: Uint8Array, manifest: Manifest): Uint8Array<ArrayBuffer> {
  const name = Buffer.from(MANIFEST_SECTION);
  const text = Buffer.from(JSON.stringify({ format: MANIFEST_FORMAT, ...manifest }));
  const content = Buffer.concat([unsignedLeb(name.length), name, text]);
  return Uint8Array.from(Buffer.concat([module, Uint8Array.of(0), unsignedLeb(content.length), content]));
}

/** The manifest of a compiled module; `absent` without the section, `damaged` when it cannot be read. Never throws. */
export function readManifest(module: WebAssembly.Module): Manifest | 'absent' | 'damaged' {
  const [section, ...others] = WebAssembly.Module.customSections(module, MANIFEST_SECTION);
  if (section === undefined) return 'absent';
  return (others.length === 0 ? parseManifest(new Uint8Array(section)) : undefined) ?? 'damaged';
}

/** What the bytes of a section say; undefined when they are no manifest of this format. Never throws. */
export function parseManifest(bytes: Uint8Array): Manifest | undefined {
  const value = parseObject(bytes);
  if (value === undefined || own(value, 'format') !== MANIFEST_FORMAT) return undefined;
  const [tallyio, layout, checked] = ['tallyio', 'layout', 'checked'].map((name) => own(value, name));
  const kernels = kernelsOf(own(value, 'kernels'));
  if (typeof tallyio !== 'string' || typeof checked !== 'boolean' || kernels === undefined) return undefined;
  if (typeof layout !== 'number' || !Number.isSafeInteger(layout)) return undefined;
  return { tallyio, layout, checked, kernels };
}

function parseObject(bytes: Uint8Array): object | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function kernelsOf(list: unknown): KernelFacts[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const kernels = list.map(kernelOf).filter((kernel) => kernel !== undefined);
  const names = new Set(kernels.map(({ name }) => name));
  return names.size === list.length ? kernels : undefined;
}

function kernelOf(value: unknown): KernelFacts | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const name = own(value, 'name');
  const input = INPUT_KINDS.find((kind) => kind === own(value, 'input'));
  const result = RESULT_KINDS.find((kind) => kind === own(value, 'result'));
  if (typeof name !== 'string' || input === undefined || result === undefined) return undefined;
  return { name, input, result };
}

// What stands on Object.prototype is in every object, and was written by nobody.
function own(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

function unsignedLeb(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Uint8Array.from([...bytes, rest]);
}
