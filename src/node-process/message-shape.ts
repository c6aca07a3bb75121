import type { SchedulerReport } from '../scheduler/snapshot.ts';
import { strange } from './channel-guard.ts';
import type { ReadyMessage } from './messages.ts';

/** What a node process said when it was ready. @throws Error when that is not what any says */
export function readyOf(message: unknown): ReadyMessage {
  if (isReady(message)) return message;
  throw strange('that it is ready, without what belongs to that');
}

/** A report of a node process. @throws Error when it is none */
export function reportOf(message: unknown): SchedulerReport {
  if (isReport(message)) return message;
  throw strange('a report without statistics');
}

// As far as whoever reads it relies on.
function isReady(message: unknown): message is ReadyMessage {
  const { pid, kernels, handlers, payloadLimit, threadIds, report } = fieldsOf(message);
  const numbers = [pid, payloadLimit, ...listOf(threadIds)];
  const names = [...listOf(kernels), ...listOf(handlers)];
  return (
    numbers.every((each) => Number.isSafeInteger(each)) &&
    names.every((each) => typeof each === 'string') &&
    isReport(report)
  );
}

function isReport(message: unknown): message is SchedulerReport {
  const { stats, histograms } = fieldsOf(message);
  const { priorities, workers } = fieldsOf(stats);
  return [histograms, workers].every(Array.isArray) && typeof priorities === 'object' && priorities !== null;
}

type Fields = Readonly<Partial<Record<string, unknown>>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

// Without a list nothing of it is right.
function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [undefined];
}
