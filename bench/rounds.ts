import {
  NotMeasured,
  type BenchContext,
  type Contender,
  type Match,
  type Role,
  type Sample,
  type Session,
} from './case.ts';
import { within } from './deadline.ts';

/** The longest that opening or one round may take; far beyond what any contender needs. */
const PATIENCE_MS = 60_000;
const CLOSE_PATIENCE_MS = 5_000;

/** All rounds of one contender, or why there are none. */
export interface Entry {
  readonly name: string;
  readonly role: Role | 'engine';
  readonly samples: readonly Sample[];
  readonly missing?: string;
}

interface Entrant {
  readonly name: string;
  readonly role: Role | 'engine';
  readonly samples: Sample[];
  session?: Session;
  missing?: string;
}

/** An engine build under the name it has in the report. */
export interface EngineEntry {
  readonly name: string;
  readonly open: () => Promise<Session>;
}

/**
 * Opens every contender, then measures them in turn, forwards and backwards alternately, so that what disturbs the
 * machine disturbs all of them.
 */
export async function playRounds(
  match: Match,
  engines: readonly EngineEntry[],
  contenders: readonly Contender[],
  { signal }: Pick<BenchContext, 'signal'>,
): Promise<readonly Entry[]> {
  const entrants: Entrant[] = [];
  await Promise.allSettled(contenders.map(async ({ prepare }) => prepare?.()));
  try {
    for (const { name, open } of engines) {
      signal.throwIfAborted();
      entrants.push(await enter({ name, role: 'engine', open }));
    }
    const missing = entrants.find((entrant) => entrant.missing !== undefined)?.missing;
    for (const contender of contenders) {
      signal.throwIfAborted();
      // Nobody is measured against an engine that is not.
      if (missing === undefined) entrants.push(await enter(contender));
      else entrants.push({ name: contender.name, role: contender.role, samples: [], missing });
    }
    for (let round = 0; round < match.rounds; round++) {
      const order = round % 2 === 0 ? entrants : entrants.toReversed();
      for (const entrant of order) {
        signal.throwIfAborted();
        await measure(entrant);
      }
    }
  } finally {
    const closings = entrants.map(({ name, session }) =>
      within(session?.close() ?? Promise.resolve(), CLOSE_PATIENCE_MS, `${name} to close`),
    );
    for (const closing of await Promise.allSettled(closings)) {
      if (closing.status === 'rejected') process.stderr.write(`${String(closing.reason)}\n`);
    }
  }
  return entrants.map(({ name, role, samples, missing }) => ({
    name,
    role,
    samples,
    ...(missing === undefined ? {} : { missing }),
  }));
}

async function enter({ name, role, open }: Pick<Entrant, 'name' | 'role'> & EngineEntry): Promise<Entrant> {
  try {
    return { name, role, samples: [], session: await within(open(), PATIENCE_MS, `${name} to start`) };
  } catch (error) {
    if (error instanceof NotMeasured) return { name, role, samples: [], missing: error.message };
    throw new Error(`${name} did not start`, { cause: error });
  }
}

async function measure({ name, samples, session }: Entrant): Promise<void> {
  if (session === undefined) return;
  try {
    samples.push(await within(session.round(), PATIENCE_MS, 'a round to end'));
  } catch (error) {
    throw new Error(`${name} failed in round ${String(samples.length + 1)}`, { cause: error });
  }
}
