import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A directory with tools that are made up and a `proc/`, for the time of a test. */
export class FakeTools {
  /** Of the made-up machine, with `proc/`; a fresh one each time, so that nothing is remembered of another. */
  readonly root = mkdtempSync(join(tmpdir(), 'tallyio tools '));
  readonly #path = process.env['PATH'];

  /** From now on these are the only tools. @param scripts bodies of shell scripts, by the name of the tool */
  constructor(scripts: Readonly<Record<string, string>>) {
    const bin = join(this.root, 'bin');
    mkdirSync(bin);
    for (const [name, body] of Object.entries(scripts)) {
      writeFileSync(join(bin, name), `#!/bin/sh\necho "$0 $*" >> '${this.root}/log'\n${body}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    symlinkSync('/bin/true', join(bin, 'true'));
    process.env['PATH'] = bin;
  }

  /** The file of a tool. */
  file(name: string): string {
    return join(this.root, 'bin', name);
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.root, dirname(path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  [Symbol.dispose](): void {
    process.env['PATH'] = this.#path;
    rmSync(this.root, { recursive: true });
  }
}

/** What the kernel says of a thread. */
export function status(cpus: string, name = 'node'): string {
  return `Name:\t${name}\nPid:\t1\nCpus_allowed:\tff\nCpus_allowed_list:\t${cpus}\nMems_allowed_list:\t0-1\n`;
}

/** Calls `body` as if this were another system. */
export function onPlatform<T>(platform: NodeJS.Platform, body: () => T): T {
  const { platform: own } = process;
  Object.defineProperty(process, 'platform', { value: platform });
  try {
    return body();
  } finally {
    Object.defineProperty(process, 'platform', { value: own });
  }
}
