import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GuestImage } from './guest-image.ts';
import type { Machine } from './machine.ts';
import { QEMU, type Share, qemuArguments } from './qemu.ts';
import { setupScript } from './setup.ts';

/** What is to run on which machine. */
export interface BootOptions {
  readonly machine: Machine;
  readonly image: GuestImage;
  /** For the guest's shell. It begins in /host; what it leaves in /io is in the outcome. */
  readonly command: string;
  /** The folder that the guest sees as /host, read-only. */
  readonly host: string;
  /** The folder that it sees as /out, to write into. */
  readonly out?: string | undefined;
  readonly timeoutMs: number;
}

/** How it went. */
export interface BootOutcome {
  /** Exit code of the command; undefined when the guest did not get so far. */
  readonly exit: number | undefined;
  readonly timedOut: boolean;
  /** Files in /io, with stdout and stderr of the command. */
  readonly files: ReadonlyMap<string, string>;
  /** What the guest's kernel and QEMU had to say. */
  readonly console: string;
  /** From power on to the command, by the guest's clock. */
  readonly bootSeconds: number | undefined;
  readonly wallSeconds: number;
}

/** Boots the machine, runs the command and powers off. */
export async function boot(options: BootOptions): Promise<BootOutcome> {
  const aside = mkdtempSync(join(tmpdir(), 'tallyio-rig-'));
  try {
    const io = join(aside, 'io');
    mkdirSync(io);
    writeFileSync(join(io, 'command'), `${options.command}\n`);
    writeFileSync(join(io, 'setup'), setupScript(options.machine));
    if (options.out !== undefined) writeFileSync(join(io, 'has-out'), '');
    const console = join(aside, 'console');
    writeFileSync(console, '');
    const { kernel, initramfs } = options.image;
    const shares = sharesOf(io, options);
    const begin = performance.now();
    const { said, timedOut } = await runQemu(
      qemuArguments({ machine: options.machine, kernel, initramfs, console, shares }),
      options.timeoutMs,
    );
    const wallSeconds = (performance.now() - begin) / 1_000;
    const files = readFiles(io);
    return {
      exit: numberIn(files, 'exit'),
      timedOut,
      files,
      console: readFileSync(console, 'latin1') + said,
      bootSeconds: numberIn(files, 'booted'),
      wallSeconds,
    };
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function sharesOf(io: string, { host, out }: BootOptions): Share[] {
  const shares: Share[] = [
    { tag: 'io', path: io, writable: true },
    { tag: 'host', path: realpathSync(host), writable: false },
  ];
  return out === undefined ? shares : [...shares, { tag: 'out', path: realpathSync(out), writable: true }];
}

async function runQemu(args: readonly string[], timeoutMs: number): Promise<{ said: string; timedOut: boolean }> {
  const child = spawn(QEMU, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject).once('close', () => {
        resolve();
      });
    });
  } finally {
    clearTimeout(timer);
  }
  return { said, timedOut };
}

function readFiles(folder: string): Map<string, string> {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(names.map(({ name }) => [name, readFileSync(join(folder, name), 'utf8')]));
}

function numberIn(files: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = files.get(name)?.trim() ?? '';
  return text === '' ? undefined : Number(text);
}
