/**
 * The mutation run: every mutant of the list must be caught by its scenario. Prints a line for each and fails on survivors.
 * Arguments choose the mutants whose name contains one of them.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { mutants } from './list.ts';
import type { Verdict } from './worker.ts';

/** A mutant is compiled and explored on one core. */
const WORKERS = Math.min(availableParallelism(), 4);

const wanted = process.argv.slice(2);
const chosen = mutants
  .map(({ is }, index) => ({ is, index }))
  .filter(({ is }) => wanted.length === 0 || wanted.some((part) => is.includes(part)));
const waiting = chosen.map(({ index }) => index);

function print({ index, runs, ms, message, caught }: Verdict): void {
  const mutant = mutants[index];
  const seconds = (ms / 1000).toFixed(1).padStart(5);
  console.log(`${caught ? 'caught  ' : 'SURVIVED'} ${seconds} s ${String(runs).padStart(7)} runs  ${mutant?.is ?? ''}`);
  if (!caught) console.log(`  ${mutant?.file ?? ''}\n  ${message.replaceAll('\n', '\n  ')}`);
}

function work(survivors: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.js', import.meta.url));
    const next = (): void => {
      const index = waiting.shift();
      if (index === undefined) void worker.terminate();
      else worker.postMessage(index);
    };
    worker.on('message', (verdict: Verdict) => {
      print(verdict);
      if (!verdict.caught) survivors.push(verdict.index);
      next();
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      resolve();
    });
    next();
  });
}

const survivors: number[] = [];
const begin = performance.now();
await Promise.all(Array.from({ length: WORKERS }, () => work(survivors)));
const seconds = Math.round((performance.now() - begin) / 1000);
const caught = chosen.length - survivors.length;
console.log(`${String(caught)} of ${String(chosen.length)} mutants caught in ${String(seconds)} s`);
if (chosen.length === 0) console.log(`expected a part of a mutant's name, got ${wanted.join()}`);
if (caught < chosen.length || chosen.length === 0) process.exitCode = 1;
