/** Random rounds for every structure: who does what, and what it must look like from outside. */
import { MIN_BLOCK_SHIFT } from '../../../src/abi/layout.ts';
import type { Random } from '../../support/random.ts';
import { falselyEmpty, overtaken, unbalanced, unexplainedLosses } from './aspects.ts';
import {
  describeRefutation,
  type Refutation,
  refuteByParts,
  refuteLinearizable,
  type Specification,
} from './linearize.ts';
import { answerOf, HELD, type Operation, What } from './operation.ts';
import type { Round, Step } from './recorder.ts';
import { claimable, fifo, ownership, presence, stack } from './specifications.ts';

/** Rounds over one structure. */
export interface Scenario {
  readonly name: string;
  readonly threads: number;
  /** Entries of the queues. */
  readonly entries: number;
  /** @param length operations a thread, more or less */
  round(random: Random, length: number): Round;
  /** Whether a history of some dozen operations is linearizable. */
  refute(history: readonly Operation[]): Refutation | undefined;
  /** What a history of any length breaks, a line each. */
  breaches(history: readonly Operation[]): readonly string[];
}

const ENTRIES = 4;
const GRANULE = 1 << MIN_BLOCK_SHIFT;
const LONGEST_PAUSE = 40;

// Operations of one thread in random order, with pauses of random length: the threads shall meet everywhere.
function steps(random: Random, length: number, choose: () => Step): Step[] {
  return Array.from({ length }, () =>
    random.chance(0.3) ? [[What.Pause, random.below(LONGEST_PAUSE)] as const, choose()] : [choose()],
  ).flat();
}

function numbers(from = 0): () => number {
  let next = from;
  return () => next++;
}

function queue(name: string, threads: number, round: Scenario['round'], entries = ENTRIES): Scenario {
  const specification = fifo(entries);
  return {
    name,
    threads,
    entries,
    round,
    refute: (history) => refuteLinearizable(history, specification),
    breaches: (history) =>
      [unbalanced, overtaken, falselyEmpty, unexplainedLosses].flatMap((aspect) => aspect(history)),
  };
}

// Independent parts are quick to check, however long the history is.
function byParts<State>(
  specification: Specification<State>,
  partsOf: (operation: Operation) => Iterable<number>,
): Pick<Scenario, 'refute' | 'breaches'> {
  const refute = (history: readonly Operation[]): Refutation | undefined =>
    refuteByParts(history, specification, partsOf);
  return {
    refute,
    breaches(history) {
      const refutation = refute(history);
      return refutation === undefined ? [] : [describeRefutation(refutation)];
    },
  };
}

const submissionQueue = (takers: number): Scenario =>
  queue(`submission queue, ${String(takers)} takers`, takers + 1, (random, length) => {
    const value = numbers();
    const take = (): Step => (random.chance(0.5) ? [What.Take, 1] : [What.Move, 1, random.between(1, ENTRIES)]);
    return [
      [
        steps(random, length, () => [What.Submit, value()]),
        ...Array.from({ length: takers }, () => steps(random, length, take)),
      ],
      [[[What.UntilEmpty, What.Take, 1]]],
    ];
  });

const runQueue = (thieves: number): Scenario =>
  queue(`run queue, ${String(thieves)} thieves`, thieves + 1, (random, length) => {
    let value = 0;
    const own = (): Step => {
      if (random.chance(0.5)) return [What.TakeOwn];
      const count = random.between(1, ENTRIES);
      value += count;
      return [What.Publish, value - count, count];
    };
    return [
      [
        steps(random, length, own),
        ...Array.from({ length: thieves }, () => steps(random, length, () => [What.StealHalf, 0])),
      ],
      [[[What.UntilEmpty, What.TakeOwn]]],
    ];
  });

const inbox = (workers: number): Scenario =>
  queue(
    `inbox, ${String(workers)} workers`,
    workers + 1,
    (random, length) => {
      const index = numbers();
      return [
        [
          steps(random, length, () => [What.TakeInbox]),
          ...Array.from({ length: workers }, () => steps(random, length, () => [What.Deliver, index(), 1])),
        ],
        [[[What.UntilEmpty, What.TakeInbox]]],
      ];
    },
    Infinity,
  );

const mailbox = (senders: number): Scenario =>
  queue(
    `mailbox, ${String(senders)} senders`,
    senders + 1,
    (random, length) => {
      const index = numbers();
      return [
        [
          steps(random, senders * length, () => [What.TakeMail]),
          ...Array.from({ length: senders }, () => steps(random, length, () => [What.Mail, index(), 0])),
        ],
        [[[What.UntilEmpty, What.TakeMail]]],
      ];
    },
    Infinity,
  );

// A magazine is in the depot or with one thread.
function partsOfDepot(operation: Operation): Iterable<number> {
  const magazine = operation.what === What.PopMagazine ? answerOf(operation) : operation.a;
  return magazine < 0 ? [] : [magazine];
}

const depot: Scenario = {
  name: 'depot, three threads',
  threads: 3,
  entries: ENTRIES,
  round(random, length) {
    const exchange = (): Step => (random.chance(0.5) ? [What.PushMagazine, HELD] : [What.PopMagazine]);
    return [
      [[0, 1, 2].map((index) => [What.PushMagazine, index])],
      [0, 1, 2].map(() => steps(random, length, exchange)),
      [0, 1, 2].map(() => Array.from({ length: 3 }, () => [What.PushMagazine, HELD])),
      [[[What.UntilEmpty, What.PopMagazine], [What.Forget]]],
    ];
  },
  ...byParts(presence, partsOfDepot),
  refute: (history) => refuteLinearizable(history, stack),
};

const slab: Scenario = {
  name: 'slab, three threads',
  threads: 3,
  entries: 2048, // a ring holds what a slab has
  round(random, length) {
    const exchange = (): Step => (random.chance(0.55) ? [What.AllocSlot] : [What.FreeSlot, HELD]);
    return [
      [0, 1, 2].map(() => steps(random, length, exchange)),
      [0, 1, 2].map(() => Array.from({ length }, () => [What.FreeSlot, HELD])),
    ];
  },
  ...byParts(ownership, (operation) => {
    const slot = operation.what === What.AllocSlot ? answerOf(operation) : operation.a;
    return slot < 0 ? [] : [slot];
  }),
};

// The 64-byte granules of a block.
function granules(operation: Operation): Iterable<number> {
  const block = operation.what === What.AllocBlock ? answerOf(operation) : operation.a;
  if (block <= 0) return [];
  return Array.from({ length: Math.ceil(operation.b / GRANULE) }, (_, index) => block / GRANULE + index);
}

const pool: Scenario = {
  name: 'pool, three threads',
  threads: 3,
  entries: 2048,
  round(random, length) {
    const exchange = (): Step =>
      random.chance(0.55)
        ? [What.AllocBlock, 0, random.between(1, random.chance(0.1) ? 70_000 : 2_000)]
        : [What.FreeBlock, HELD];
    return [
      [0, 1, 2].map(() => steps(random, length, exchange)),
      [0, 1, 2].map(() => Array.from({ length }, () => [What.FreeBlock, HELD])),
    ];
  },
  ...byParts(ownership, granules),
};

const SLOTS = 6;

const states: Scenario = {
  name: 'state words, two workers and a canceller',
  threads: 3,
  entries: 2048,
  round(random, length) {
    const slots = Array.from({ length: SLOTS }, (_, index) => index);
    return [
      [slots.map((index) => [What.EnterQueued, index])],
      [What.Cancel, What.Claim, What.Claim].map((what) => steps(random, length, () => [what, random.below(SLOTS)])),
      [slots.map((index) => [What.Claim, index])],
    ];
  },
  ...byParts(claimable, ({ a }) => [a]),
};

/** All of them. */
export const scenarios: readonly Scenario[] = [
  submissionQueue(1),
  submissionQueue(2),
  runQueue(1),
  runQueue(2),
  inbox(2),
  mailbox(2),
  depot,
  slab,
  pool,
  states,
];
