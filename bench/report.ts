import type { BenchCase } from './case.ts';
import { digits, formatValue } from './format.ts';
import type { Machine } from './machine.ts';
import type { Outcome } from './outcome.ts';
import type { Spread } from './spread.ts';

export function machineLines(machine: Machine): readonly string[] {
  const { cpu, cores, usableCores, memoryGiB, node, os, load } = machine;
  return [
    `machine  ${cpu}, ${String(cores)} cores (${String(usableCores)} usable), ${String(memoryGiB)} GiB, ${os}`,
    `node     ${node}, load average ${load.join(' ')}`,
  ];
}

export function caseHeading({ id, title, cannotTell }: BenchCase): readonly string[] {
  return ['', `${id}: ${title}`, `  (cannot tell: ${cannotTell})`];
}

/** `id  figure (spread)  rival figure (spread)  ratio  goal  verdict` */
export function outcomeLine(outcome: Outcome): string {
  const ours = outcome.rounds === 0 ? '–' : figure(outcome.ours, outcome);
  const columns = [outcome.id.padEnd(30), ours.padEnd(34)];
  if (!outcome.measured) {
    columns.push(`${outcome.rival}: not measured (${outcome.reason ?? 'no figure'})`.padEnd(56));
  } else if (outcome.theirs === null) {
    columns.push(''.padEnd(56));
  } else {
    const theirs = `${outcome.rival} ${figure(outcome.theirs, outcome)}`;
    columns.push(theirs.padEnd(56));
  }
  columns.push(ratio(outcome).padEnd(16));
  if (outcome.goal !== null) columns.push(`goal ${outcome.goal}`.padEnd(18), verdict(outcome));
  return columns.join(' ').trimEnd();
}

export function summaryLine(outcomes: readonly Outcome[], seconds: number): string {
  const held = outcomes.filter(({ goal }) => goal !== null);
  const count = (ok: boolean | null): string => String(held.filter((outcome) => outcome.ok === ok).length);
  return `${count(true)} goals met, ${count(false)} MISS, ${count(null)} not measured; ${seconds.toFixed(0)} s`;
}

function figure({ median, min, max }: Spread, { unit }: Outcome): string {
  return `${formatValue(median, unit)} (${formatValue(min, unit)} – ${formatValue(max, unit)})`;
}

function ratio({ ratio: value, comparison, unit }: Outcome): string {
  if (value === null) return '';
  switch (comparison) {
    case 'speedup':
      return `${digits(value)} × as good`;
    case 'cost':
      return `${digits(value)} × as much`;
    case 'difference':
      return `${formatValue(value, unit)} more`;
    case 'value':
      return '';
  }
}

function verdict({ ok }: Outcome): string {
  return ok === null ? 'not measured' : ok ? 'ok' : 'MISS';
}
