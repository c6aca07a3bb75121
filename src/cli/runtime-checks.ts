import { compileEngine } from '../wasm/module.ts';
import { type Check, fact, verdict } from './check.ts';
import { permissionModelIsOn } from '../base/permission-model.ts';
import { describe } from './print.ts';

const MINIMUM_NODE = [20, 19] as const;

/** `(func (param i32) (i32x4.splat (local.get 0)) drop)`: the smallest module that needs SIMD. */
const SIMD_MODULE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version 1
  ...[0x01, 0x05, 0x01, 0x60, 0x01, 0x7f, 0x00], // type 0: (i32) -> ()
  ...[0x03, 0x02, 0x01, 0x00], // one function of type 0
  ...[0x0a, 0x09, 0x01, 0x07, 0x00, 0x20, 0x00, 0xfd, 0x11, 0x1a, 0x0b], // its body
);

/** `(memory 1 1 shared) (func (memory.atomic.notify …))`: the smallest module that needs threads. */
const THREADS_MODULE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00], // type 0: () -> ()
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x05, 0x04, 0x01, 0x03, 0x01, 0x01], // a shared memory of one page
  ...[0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x41, 0x00, 0x41, 0x01, 0xfe, 0x00, 0x02, 0x00, 0x1a, 0x0b],
);

/** What the JavaScript runtime offers. */
export async function runtimeChecks(): Promise<Check[]> {
  const features = [nodeVersion(), wasmThreads(), simd(), waitAsync()];
  return [...features, await engineModule(), permissionModel(), codeGeneration()];
}

function nodeVersion(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [minimumMajor, minimumMinor] = MINIMUM_NODE;
  const works = major > minimumMajor || (major === minimumMajor && minor >= minimumMinor);
  const fix = `install Node.js ${MINIMUM_NODE.join('.')} or newer`;
  return {
    ...verdict('node', 'Node.js', works, { status: 'fail', fix }),
    value: process.version,
    detail: process.version,
  };
}

function wasmThreads(): Check {
  const fix = 'run on an engine with WebAssembly threads: Node.js without --no-experimental-wasm-threads';
  return verdict('wasmThreads', 'WebAssembly threads', sharesMemory() && WebAssembly.validate(THREADS_MODULE), {
    status: 'fail',
    fix,
  });
}

function sharesMemory(): boolean {
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    return memory.buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}

function simd(): Check {
  const fix = 'run on a CPU with SSE4.1 or NEON and a Node.js without --no-wasm-simd';
  return verdict('simd', 'WebAssembly SIMD', WebAssembly.validate(SIMD_MODULE), { status: 'fail', fix });
}

function waitAsync(): Check {
  const works = 'waitAsync' in Atomics && typeof Atomics.waitAsync === 'function';
  return verdict('waitAsync', 'Atomics.waitAsync', works, { status: 'fail', fix: 'install Node.js 20.19 or newer' });
}

function permissionModel(): Check {
  if (!permissionModelIsOn()) return fact('permissionModel', 'Permission model', 'off');
  const works = process.permission.has('worker');
  const check = verdict('permissionModel', 'Permission model', works, {
    status: 'fail',
    fix: 'start with --allow-worker',
  });
  return { ...check, value: 'on', detail: works ? 'on, worker threads allowed' : 'on, worker threads not allowed' };
}

/** The engine itself, as it was installed. */
async function engineModule(): Promise<Check> {
  const check = { id: 'engineModule', title: 'Engine module' };
  try {
    await compileEngine(undefined);
    return { ...check, status: 'ok', value: true, detail: 'loads' };
  } catch (error) {
    const fix = 'install the package again; a bundler has to leave it out (external)';
    return { ...check, status: 'fail', value: false, detail: describe(error), fix };
  }
}

/** Only told, as the engine does without; some task modules do not. */
function codeGeneration(): Check {
  return fact('codeGeneration', 'Code from strings', generatesCode(), generatesCode() ? 'allowed' : 'not allowed');
}

function generatesCode(): boolean {
  try {
    Reflect.construct(Function, ['']);
    return true;
  } catch {
    return false;
  }
}
