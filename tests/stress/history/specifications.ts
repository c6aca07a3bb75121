/** What the structures of the engine are, sequentially. Each says as much as its page in docs/protocols/ promises, no more. */
import { EMPTY, FULL, LOST_RACE } from '../../../src/abi/codes.ts';
import type { Specification } from './linearize.ts';
import { answerOf, type Operation, valuesPut, What } from './operation.ts';

type Values = readonly number[];

const key = (values: Values): string => values.join();

function startsWith(values: Values, answers: Values): boolean {
  return answers.every((answer, index) => values[index] === answer);
}

function put(values: Values, operation: Operation, entries: number): Values | undefined {
  if (answerOf(operation) === FULL) {
    const wanted = operation.what === What.Publish ? operation.b : 1;
    return entries - values.length < wanted ? values : undefined;
  }
  const after = [...values, ...valuesPut(operation)];
  return after.length <= entries ? after : undefined;
}

// How many values a take may get. A batch is as long as the queue was when the taker looked, and by the time it takes them
// more may have come: somebody who then finds the queue full sees that, so there is no moment at which it is exact.
function isLengthOf(taken: number, length: number, { what, b }: Operation): boolean {
  switch (what) {
    case What.Move:
      return taken <= Math.min(length, b);
    case What.StealHalf:
      return taken <= Math.ceil(length / 2);
    case What.TakeInbox:
      return taken === length;
    default:
      return taken === 1;
  }
}

/**
 * First in, first out: submission queue, run queue, inbox, mailbox. EMPTY and FULL are promises about the moment. LOST_RACE
 * promises nothing (that somebody else was faster, `unexplainedLosses` checks). A batch is one operation: its values were the
 * oldest at one moment, at most half of what was there then for `stealHalf`.
 *
 * @param entries room
 */
export function fifo(entries: number): Specification<Values> {
  return {
    initial: [],
    step(values, operation) {
      const answer = answerOf(operation);
      const { answers, what } = operation;
      if (what === What.Submit || what === What.Publish || what === What.Deliver || what === What.Mail) {
        return put(values, operation, entries);
      }
      if (answer === LOST_RACE) return values;
      if (answer === EMPTY) return values.length === 0 ? values : undefined;
      if (!isLengthOf(answers.length, values.length, operation) || !startsWith(values, answers)) return undefined;
      return values.slice(answers.length);
    },
    key,
  };
}

/** Depot: a stack. */
export const stack: Specification<Values> = {
  initial: [],
  step(values, operation) {
    const answer = answerOf(operation);
    if (operation.what === What.PushMagazine) return [...values, operation.a];
    if (answer === EMPTY) return values.length === 0 ? values : undefined;
    return values.at(-1) === answer ? values.slice(0, -1) : undefined;
  },
  key,
};

/**
 * A piece of memory, slot or granule of a pool: one holder at most. That none is to be had is promised for no moment: others
 * may have it in their caches.
 */
export const ownership: Specification<boolean> = {
  initial: false,
  step(isHeld, { what }) {
    const takes = what === What.AllocSlot || what === What.AllocBlock;
    return takes === isHeld ? undefined : takes;
  },
  key: String,
};

/** A magazine and the depot: it is inside, or with the thread that popped it. */
export const presence: Specification<boolean> = {
  initial: false,
  step(isInside, { what }) {
    const puts = what === What.PushMagazine;
    return puts === isInside ? undefined : puts;
  },
  key: String,
};

/** The state word of a slot that is queued: one claim or one cancel succeeds, and the others see that. */
export const claimable: Specification<boolean> = {
  initial: false,
  step(isQueued, operation) {
    if (operation.what === What.EnterQueued) return true;
    return (answerOf(operation) === 1) === isQueued ? false : undefined;
  },
  key: String,
};
