import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Board } from './board.ts';

const nap = new Int32Array(new SharedArrayBuffer(4));

/**
 * A board for tasks in another process: whatever happens is appended to a file, and what is appended in one write stays
 * together. Counters hold a byte for each step up or down, so what one step finds is only right if steps do not cross.
 */
export class FileBoard extends Board {
  readonly directory: string;

  constructor(directory = mkdtempSync(join(tmpdir(), 'tallyio-board-'))) {
    super();
    this.directory = directory;
  }

  override arrive(gate: number): void {
    this.#append(`arrivals-${String(gate)}`, '+');
  }

  override block(gate: number): void {
    this.arrive(gate);
    while (!this.#isOpen(gate)) Atomics.wait(nap, 0, 0, 1);
  }

  override async pause(gate: number): Promise<void> {
    this.arrive(gate);
    while (!this.#isOpen(gate)) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  override log(entry: number): void {
    this.#append('log', `${String(entry)}\n`);
  }

  override count(counter: number, by = 1): number {
    const before = this.counter(counter);
    this.#append(`counter-${String(counter)}`, (by < 0 ? '-' : '+').repeat(Math.abs(by)));
    return before;
  }

  override open(gate: number): void {
    writeFileSync(join(this.directory, `open-${String(gate)}`), '');
  }

  override arrivals(gate: number): number {
    return statSync(join(this.directory, `arrivals-${String(gate)}`), { throwIfNoEntry: false })?.size ?? 0;
  }

  override counter(counter: number): number {
    const steps = this.#read(`counter-${String(counter)}`);
    return steps.length - 2 * (steps.split('-').length - 1);
  }

  override logged(): number[] {
    return this.#read('log').split('\n').filter(Boolean).map(Number);
  }

  /** The test is over. */
  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #isOpen(gate: number): boolean {
    return existsSync(join(this.directory, `open-${String(gate)}`)) || !existsSync(this.directory);
  }

  #append(file: string, text: string): void {
    appendFileSync(join(this.directory, file), text);
  }

  #read(file: string): string {
    const path = join(this.directory, file);
    return existsSync(path) ? readFileSync(path, 'latin1') : '';
  }
}
