import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CpuList, MAX_CPU, parseCpuList } from './cpulist.ts';
import { parseCpuMap } from './cpumap.ts';
import { isAbsence, parseInteger, readTextFile, reasonOf } from './fs-text.ts';
import { Warnings } from './warnings.ts';

/**
 * Files of a machine, below a directory that holds `sys/` and `proc/`. Whatever is absent is null, without a word: kernels
 * differ. What is there and says nothing usable is null too, with a warning.
 */
export class MachineFiles {
  readonly root: string;
  readonly warnings: Warnings;
  readonly #directories = new Map<string, readonly string[]>();

  constructor(root: string, warnings = new Warnings()) {
    this.root = root;
    this.warnings = warnings;
  }

  /** null when absent or unreadable. */
  text(path: string, expected = 'a text'): string | null {
    const file = readTextFile(this.root, path);
    if (file.state === 'unreadable') this.warnings.addFile(path, expected, file.reason);
    return file.state === 'read' ? file.text : null;
  }

  /** Numbers in the list format; a blank line is the empty set, a file without a byte is unusable. */
  list(path: string): number[] | null {
    return this.#set(path, 'a list of numbers', (text) =>
      text === '' ? { ok: false, reason: 'an empty file' } : parseCpuList(text),
    );
  }

  /** Numbers in the mask format. */
  mask(path: string): number[] | null {
    return this.#set(path, 'a mask of numbers', (text) =>
      text.trim() === '' ? { ok: false, reason: 'an empty file' } : parseCpuMap(text),
    );
  }

  /** One whole number. */
  integer(path: string): number | null {
    const text = this.text(path, 'a whole number');
    const number = parseInteger(text);
    if (text !== null && number === null) this.warnings.addFile(path, 'a whole number', excerpt(text));
    return number;
  }

  /** N of all entries `${prefix}N` of a directory, ascending; empty when it is absent or unreadable. */
  numbered(directory: string, prefix: string): number[] {
    return this.#names(directory)
      .filter((name) => name.startsWith(prefix) && /^(?:0|[1-9]\d{0,4})$/.test(name.slice(prefix.length)))
      .map((name) => Number(name.slice(prefix.length)))
      .filter((number) => number <= MAX_CPU)
      .sort((a, b) => a - b);
  }

  /** Each directory is read once. */
  #names(directory: string): readonly string[] {
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    const names = this.#read(directory);
    this.#directories.set(directory, names);
    return names;
  }

  #read(directory: string): string[] {
    try {
      return readdirSync(join(this.root, directory));
    } catch (error) {
      if (!isAbsence(error)) this.warnings.addFile(directory, 'a directory', reasonOf(error));
      return [];
    }
  }

  #set(path: string, expected: string, parse: (text: string) => CpuList): number[] | null {
    const text = this.text(path, expected);
    if (text === null) return null;
    const set = parse(text);
    if (set.ok) return set.cpus;
    this.warnings.addFile(path, expected, set.reason.replace(/^expected .*, got /, ''));
    return null;
  }
}

function excerpt(text: string): string {
  return text === '' ? 'an empty file' : JSON.stringify(text.slice(0, 40));
}
