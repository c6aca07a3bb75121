import { ENDINGS } from './endings.ts';
import { SIGNALS } from './signals.ts';
import { SUBMISSIONS } from './submissions.ts';

/** What proves each cell of the table in docs/lifecycle.md, by `state: event`. */
export const CELLS: ReadonlyMap<string, () => Promise<void>> = new Map(
  Object.entries({ ...SUBMISSIONS, ...ENDINGS, ...SIGNALS }).flatMap(([event, row]) =>
    Object.entries(row).map(([state, proof]) => [`${state}: ${event}`, proof] as const),
  ),
);
