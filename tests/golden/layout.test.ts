import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as layout from '../../src/abi/layout.ts';

/** A word or a table: where it begins, how long it is, and who writes it (the same writer may have neighbours). */
type Field = readonly [name: string, offset: number, bytes: number, writer: string];

const i32 = 4;
const i64 = 8;
const f64 = 8;

const configuration = Object.entries(layout)
  .filter(([name]) => name.startsWith('HEADER_') && name !== 'HEADER_BYTES')
  .map(([name, address]): Field => [name, address - layout.HEADER, i32, 'the host, before anyone attaches']);

const header: readonly Field[] = [
  ...configuration,
  ['LEVEL_WORD', layout.LEVEL_WORD - layout.HEADER, i32, 'publishers and finders'],
  ['ROSTER', layout.ROSTER - layout.HEADER, (layout.MAX_WORKERS / 32) * i64, 'workers and wakers'],
  ['SLAB_FRESH', layout.SLAB_FRESH - layout.HEADER, i32, 'submitters, when magazines run out'],
  ['PAGE_CURSOR', layout.PAGE_CURSOR - layout.HEADER, i32, 'whoever takes and gives pages'],
  ['PAGE_GIVES', layout.PAGE_GIVES - layout.HEADER, i32, 'whoever takes and gives pages'],
  // Both change a few times in a scheduler's life.
  ['SUBMITTERS_IN_USE', layout.SUBMITTERS_IN_USE - layout.HEADER, i32, 'hardly anyone'],
  ['CLOSED', layout.CLOSED - layout.HEADER, i32, 'hardly anyone'],
  ['QUIET_WAITERS', layout.QUIET_WAITERS - layout.HEADER, i32, 'hardly anyone'],
  ['HOST_CALLS', layout.HOST_CALLS - layout.HEADER, i32, 'hardly anyone'],
  ['PRESSURE', layout.PRESSURE - layout.HEADER, i32, 'hardly anyone'],
  ['PRESSURE_STALLS', layout.PRESSURE_STALLS - layout.HEADER, i32, 'hardly anyone'],
  ['PRESSURE_USAGE', layout.PRESSURE_USAGE - layout.HEADER, f64, 'hardly anyone'],
  ['PRESSURE_LIMIT', layout.PRESSURE_LIMIT - layout.HEADER, f64, 'hardly anyone'],
  ...Array.from({ length: layout.CLASSES }, (_, index): Field => {
    return [
      `DEPOTS[${String(index)}]`,
      layout.DEPOTS - layout.HEADER + index * layout.LINE,
      i64,
      `class ${String(index)}`,
    ];
  }),
];

const worker: readonly Field[] = [
  ['PARK', layout.WORKER_PARK, i32, 'wakers'],
  ['ATTENTION', layout.WORKER_ATTENTION, i32, 'alerters'],
  ['ASKED_LATE', layout.WORKER_ASKED_LATE, i32, 'alerters'],
  ['MAILBOX', layout.WORKER_MAILBOX, i32, 'senders'],
  ['STATE', layout.WORKER_STATE, i32, 'owner'],
  ['CURRENT', layout.WORKER_CURRENT, i32, 'owner'],
  ['EXECUTED', layout.WORKER_EXECUTED, f64, 'owner'],
  ['STOLEN', layout.WORKER_STOLEN, f64, 'owner'],
  ['PARKS', layout.WORKER_PARKS, f64, 'owner'],
  ['BUSY_US', layout.WORKER_BUSY_US, f64, 'owner'],
  ['FAILED', layout.WORKER_FAILED, f64, 'owner'],
  ['BATCHES', layout.WORKER_BATCHES, f64, 'owner'],
  ['WAKES', layout.WORKER_WAKES, f64, 'owner'],
  ['LEVELS', layout.WORKER_LEVELS, 4 * f64, 'owner'],
  ['PICKS', layout.WORKER_PICKS, i32, 'owner'],
  ['MAIL', layout.WORKER_MAIL, i32, 'owner'],
  ['QUEUED_CORRECTION', layout.WORKER_QUEUED_CORRECTION, 4 * i32, 'owner'],
  ['IN_HAND', layout.WORKER_IN_HAND, i32, 'owner'],
  ['HAND_ENTRY', layout.WORKER_HAND_ENTRY, i32, 'owner'],
  ['FINISHING', layout.WORKER_FINISHING, i32, 'owner'],
  ['BATCH', layout.WORKER_BATCH, i32, 'owner'],
  ['BATCH_LEVEL', layout.WORKER_BATCH_LEVEL, i32, 'owner'],
  ['MAIL_REST', layout.WORKER_MAIL_REST, i32, 'owner'],
  ['GC_PAUSES', layout.WORKER_GC_PAUSES, f64, 'owner'],
  ['GC_NS', layout.WORKER_GC_NS, f64, 'owner'],
  ['GC_LONGEST_NS', layout.WORKER_GC_LONGEST_NS, f64, 'owner'],
  ['GC_TOLD', layout.WORKER_GC_TOLD, i32, 'owner'],
  ['STEALS_LOST', layout.WORKER_STEALS_LOST, f64, 'owner'],
  ['HISTOGRAMS', layout.WORKER_HISTOGRAMS, 8 * layout.HISTOGRAM_BYTES, 'owner'],
];

const submitter: readonly Field[] = [
  ['INBOX', layout.SUBMITTER_INBOX, i32, 'workers'],
  ['ARMED', layout.SUBMITTER_ARMED, i32, 'workers that ring'],
  // Written when an owner was lost; read with the word before it.
  ['FOREIGN', layout.SUBMITTER_FOREIGN, i32, 'workers that ring'],
  // Attaching, becoming idle, runs of pages: none of them is frequent.
  ['TAKEN', layout.SUBMITTER_TAKEN, i32, 'owner, now and then'],
  ['BUSY', layout.SUBMITTER_BUSY, i32, 'owner, now and then'],
  ['CLAIM', layout.SUBMITTER_CLAIM, i64, 'owner, now and then'],
  ['GIVING', layout.SUBMITTER_GIVING, i32, 'owner, now and then'],
  ['GIVING_PAGES', layout.SUBMITTER_GIVING_PAGES, i32, 'owner, now and then'],
  ['SUBMITTED', layout.SUBMITTER_SUBMITTED, 4 * f64, 'owner'],
  ['ALLOCATED', layout.SUBMITTER_ALLOCATED, f64, 'owner'],
  ['FREED', layout.SUBMITTER_FREED, f64, 'owner'],
  ['QUEUED_CORRECTION', layout.SUBMITTER_QUEUED_CORRECTION, 4 * i32, 'owner'],
  ['HAND_SLOT', layout.SUBMITTER_HAND_SLOT, i32, 'owner'],
  ['HAND_BLOCK', layout.SUBMITTER_HAND_BLOCK, i32, 'owner'],
  ['HAND_BYTES', layout.SUBMITTER_HAND_BYTES, i32, 'owner'],
  ['HAND_COUNTED', layout.SUBMITTER_HAND_COUNTED, i32, 'owner'],
  ['CHAIN', layout.SUBMITTER_CHAIN, i32, 'owner'],
  ['CHAIN_REST', layout.SUBMITTER_CHAIN_REST, i32, 'owner'],
  ['STAGED', layout.SUBMITTER_STAGED, i32, 'owner'],
  ['STAGED_LEVEL', layout.SUBMITTER_STAGED_LEVEL, i32, 'owner'],
  ['PUSHING', layout.SUBMITTER_PUSHING, i32, 'owner'],
  ['PUSHING_CLASS', layout.SUBMITTER_PUSHING_CLASS, i32, 'owner'],
  ['CUT', layout.SUBMITTER_CUT, i32, 'owner'],
  ['CUT_NODES', layout.SUBMITTER_CUT_NODES, i32, 'owner'],
  ['CUT_CLASS', layout.SUBMITTER_CUT_CLASS, i32, 'owner'],
  ['LOOSE', layout.SUBMITTER_LOOSE, i32, 'owner'],
  ['LOOSE_BLOCKS', layout.SUBMITTER_LOOSE_BLOCKS, i32, 'owner'],
  ['LOOSE_REST', layout.SUBMITTER_LOOSE_REST, i32, 'owner'],
  ['CACHES', layout.SUBMITTER_CACHES, layout.CLASSES * layout.CACHE_BYTES, 'owner'],
  ['DRAINED', layout.SUBMITTER_DRAINED, i32, 'owner'],
  ['RECORDS', layout.SUBMITTER_RECORDS, layout.RECORDS * layout.RECORD_BYTES, 'owner'],
  ['NUMBERS', layout.SUBMITTER_NUMBERS, layout.NUMBERS * layout.NUMBER_BYTES, 'owner'],
];

const record: readonly Field[] = [
  ['INDEX', layout.RECORD_INDEX, i32, 'owner'],
  ['META', layout.RECORD_META, i32, 'owner'],
  ['VALUE', layout.RECORD_VALUE, f64, 'owner'],
  ['PAYLOAD', layout.RECORD_PAYLOAD, i32, 'owner'],
  ['LENGTH', layout.RECORD_LENGTH, i32, 'owner'],
  ['TYPE', layout.RECORD_TYPE, i32, 'owner'],
];

const slot: readonly Field[] = [
  ['STATE', layout.SLOT_STATE, i64, 'owner'],
  ['VALUE', layout.SLOT_VALUE, f64, 'owner'],
  ['PAYLOAD', layout.SLOT_PAYLOAD, i32, 'owner'],
  ['LENGTH', layout.SLOT_LENGTH, i32, 'owner'],
  ['TYPE', layout.SLOT_TYPE, i32, 'owner'],
  ['META', layout.SLOT_META, i32, 'owner'],
  ['RETRIES', layout.SLOT_RETRIES, i32, 'owner'],
  ['SUBMITTED_AT', layout.SLOT_SUBMITTED_AT, f64, 'owner'],
  ['STARTED_AT', layout.SLOT_STARTED_AT, f64, 'owner'],
  ['GRACE', layout.SLOT_GRACE, i32, 'owner'],
  ['CANCEL', layout.SLOT_CANCEL, i32, 'owner'],
  ['TIMEOUT', layout.SLOT_TIMEOUT, i32, 'owner'],
];

const queue: readonly Field[] = [
  ['TOP', layout.QUEUE_TOP, i64, 'takers'],
  ['BOTTOM', layout.QUEUE_BOTTOM, i64, 'owner'],
  ['RING', layout.QUEUE_RING, i32, 'owner, elsewhere'],
];

// Blocks begin at multiples of 128: two cache lines, because of the adjacent-line prefetcher.
function lineOf(offset: number): number {
  return Math.floor(offset / layout.LINE);
}

/** @returns what overlaps, is not aligned, lies outside, or shares its 128 bytes with a word of another writer */
function defects(fields: readonly Field[], size: number): string[] {
  const found: string[] = [];
  const sorted = fields.toSorted(([, a], [, b]) => a - b);
  for (const [position, [name, offset, bytes, writer]] of sorted.entries()) {
    if (offset % Math.min(bytes, 8) !== 0 && bytes <= 8) found.push(`${name} is not aligned`);
    if (offset < 0 || offset + bytes > size) found.push(`${name} lies outside`);
    const next = sorted[position + 1];
    if (next === undefined) continue;
    if (offset + bytes > next[1]) found.push(`${name} overlaps ${next[0]}`);
    if (writer !== next[3] && lineOf(offset + bytes - 1) === lineOf(next[1]))
      found.push(`${name} is too near to ${next[0]}`);
  }
  return found;
}

describe('layout', () => {
  for (const [name, fields, size] of [
    ['header', header, layout.HEADER_BYTES],
    ['worker block', worker, layout.WORKER_BYTES],
    ['submitter block', submitter, layout.SUBMITTER_BYTES],
    ['record', record, layout.RECORD_BYTES],
    ['slot', slot, layout.SLOT_BYTES],
    ['queue', queue, layout.QUEUE_RING + layout.LINE],
  ] as const) {
    it(`${name}: nothing overlaps, words of different writers share no 128 bytes`, () => {
      assert.deepEqual(defects(fields, size), []);
    });
  }

  it('names every word that the header, the blocks and the slot have', () => {
    const prefixes = { WORKER_: worker, SUBMITTER_: submitter, SLOT_: slot, RECORD_: record, QUEUE_: queue };
    const others = [
      'WORKER_BYTES',
      'SUBMITTER_BYTES',
      'SLOT_BYTES',
      'SLOT_LINKS',
      'RECORD_BYTES',
      'RECORD_STATUS_SHIFT',
    ];
    for (const [prefix, fields] of Object.entries(prefixes)) {
      const named = Object.keys(layout).filter((name) => name.startsWith(prefix) && !others.includes(name));
      assert.deepEqual(named.sort(), fields.map(([name]) => prefix + name).sort());
    }
  });

  it('blocks end where lines end, so that neighbours share none', () => {
    for (const bytes of [layout.HEADER_BYTES, layout.WORKER_BYTES, layout.SUBMITTER_BYTES]) {
      assert.equal(bytes % layout.LINE, 0);
    }
    assert.equal(layout.HEADER % layout.PAGE_BYTES, 0);
    assert.equal(layout.HISTOGRAM_BYTES % f64, 0);
    assert.ok(layout.HISTOGRAM_BYTES >= layout.BUCKETS * i32 + f64);
  });

  it('links of a free slot stay clear of its state and its wish to stop', () => {
    for (const link of [layout.LINK_NEXT, layout.LINK_MAGAZINE, layout.LINK_COUNT]) {
      assert.ok(layout.SLOT_LINKS + link >= layout.SLOT_STATE + i64);
      assert.ok(layout.SLOT_LINKS + link + i32 <= layout.SLOT_CANCEL);
      assert.ok(link + i32 <= 1 << layout.MIN_BLOCK_SHIFT);
    }
  });

  it('the length of a block stands behind its address, in slots and records', () => {
    assert.equal(layout.SLOT_LENGTH, layout.SLOT_PAYLOAD + i32);
    assert.equal(layout.RECORD_LENGTH, layout.RECORD_PAYLOAD + i32);
  });

  it('there is a depot for the slab and for every size class of the pool', () => {
    assert.ok(layout.POOL_CLASSES + 1 <= layout.CLASSES);
  });

  it('the checker sees overlaps, bad alignment, strangers and neighbours', () => {
    const fields: readonly Field[] = [
      ['a', 0, 8, 'one'],
      ['b', 4, 4, 'one'],
      ['c', 12, 8, 'two'],
      ['d', 160, 4, 'two'],
    ];
    assert.deepEqual(defects(fields, 160), [
      'a overlaps b',
      'b is too near to c',
      'c is not aligned',
      'd lies outside',
    ]);
  });
});
