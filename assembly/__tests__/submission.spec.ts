import { CRITICAL, EMPTY, LOW, META_PRIORITY_SHIFT, META_TAG_MASK, NORMAL, TAG_NUMBER } from '../../src/abi/codes';
import {
  HEADER_RETRY,
  NUMBERS,
  NUMBER_BYTES,
  RECORD_BYTES,
  RECORD_INDEX,
  RECORD_LENGTH,
  RECORD_META,
  RECORD_TYPE,
  RECORD_VALUE,
  SLOT_LENGTH,
  SLOT_META,
  SLOT_PAYLOAD,
  SLOT_RETRIES,
  SLOT_TYPE,
  SLOT_VALUE,
  SUBMITTER_ALLOCATED,
  SUBMITTER_DRAINED,
  SUBMITTER_NUMBERS,
  SUBMITTER_RECORDS,
} from '../../src/abi/layout';
import { runMask, submitterBlock } from '../memory/region';
import { slotAt } from '../memory/slab';
import { runQueue, takeOwn } from '../queue/run-queue';
import {
  moveSubmissions,
  peekSubmission,
  publishSubmissions,
  stageSubmission,
  submissionLength,
  takeSubmission,
} from '../queue/submission';
import { loadOwnedF64 } from '../sync/atomics';
import { stageNumbers, stageRecords } from '../worker/submit';
import { arrange, asAttached, asHost, asWorker, configure } from './arrange';

const CAPACITY: i32 = 100;
const WORKERS: i32 = 2;
const ATTACHED_0: i32 = WORKERS + 1;

function send(level: i32, entry: i32): void {
  stageSubmission(level, 0, entry);
  publishSubmissions(level, 1);
}

describe('submission queue', () => {
  beforeEach(() => {
    arrange(WORKERS, CAPACITY, 0);
  });

  test('one per submitter and priority: nothing appears in another', () => {
    for (let level = CRITICAL; level <= LOW; ++level) send(level, level);
    asWorker(1);
    for (let level = CRITICAL; level <= LOW; ++level) send(level, 10 + level);
    asAttached(1);
    for (let level = CRITICAL; level <= LOW; ++level) send(level, 20 + level);
    for (let level = CRITICAL; level <= LOW; ++level) {
      expect(takeSubmission(0, level)).toBe(level);
      expect(takeSubmission(2, level)).toBe(10 + level);
      expect(takeSubmission(ATTACHED_0 + 1, level)).toBe(20 + level);
      for (let submitter = 0; submitter <= ATTACHED_0 + 1; ++submitter) {
        expect(takeSubmission(submitter, level)).toBe(EMPTY);
      }
    }
  });

  test('first in, first out, seen by any thread', () => {
    for (let i = 0; i < 10; ++i) send(NORMAL, i);
    asWorker(0);
    expect(submissionLength(0, NORMAL)).toBe(10);
    expect(peekSubmission(0, NORMAL)).toBe(0);
    for (let i = 0; i < 10; ++i) expect(takeSubmission(0, NORMAL)).toBe(i);
    expect(peekSubmission(0, NORMAL)).toBe(EMPTY);
  });

  test('never full: holds every slot of the slab, however it wraps', () => {
    let wrong = 0;
    for (let round = 0; round < 5; ++round) {
      for (let i = 0; i < CAPACITY; ++i) stageSubmission(LOW, i, i);
      publishSubmissions(LOW, CAPACITY);
      if (submissionLength(0, LOW) != CAPACITY) wrong += 1;
      for (let i = 0; i < CAPACITY; ++i) if (takeSubmission(0, LOW) != i) wrong += 1;
    }
    expect(wrong).toBe(0);
  });

  test('records with payloads become tasks with blocks, as many as there is room for', () => {
    arrange(WORKERS, CAPACITY, 1); // a page of the pool
    asHost();
    const allocated = loadOwnedF64(submitterBlock + SUBMITTER_ALLOCATED);
    let record = submitterBlock + SUBMITTER_RECORDS;
    const first = record;
    for (let i = 0; i < 3; ++i) {
      const length: i32 = i == 0 ? 13 : i == 1 ? 0 : 9000;
      store<i32>(record + RECORD_META, (NORMAL << META_PRIORITY_SHIFT) | 17);
      store<f64>(record + RECORD_VALUE, i as f64);
      store<i32>(record + RECORD_TYPE, i);
      store<i32>(record + RECORD_LENGTH, length);
      memory.fill(record + RECORD_BYTES, (i + 1) as u8, length as usize);
      record += RECORD_BYTES + ((length + 7) & ~7);
    }
    // 13 bytes take the only page for their class: there is none left for 9000.
    expect(stageRecords(0, 3, NORMAL)).toBe(2);
    const slot = slotAt(load<i32>(first + RECORD_INDEX));
    const block = load<i32>(slot + SLOT_PAYLOAD) as usize;
    expect(load<i32>(slot + SLOT_LENGTH)).toBe(13);
    expect(load<u8>(block)).toBe(1);
    expect(load<u8>(block + 12)).toBe(1);
    const second = slotAt(load<i32>(first + RECORD_BYTES + 16 + RECORD_INDEX));
    expect(load<i32>(second + SLOT_LENGTH)).toBe(0);
    expect(load<i32>(second + SLOT_TYPE)).toBe(1);
    expect(loadOwnedF64(submitterBlock + SUBMITTER_ALLOCATED) - allocated).toBe(64);
  });

  test('records become staged tasks in their order, as many as there are slots', () => {
    const records = submitterBlock + SUBMITTER_RECORDS;
    store<i32>(submitterBlock + SUBMITTER_DRAINED, 7);
    for (let i = 0; i < CAPACITY + 1; ++i) {
      const record = records + (i as usize) * RECORD_BYTES;
      store<i32>(record + RECORD_META, (NORMAL << META_PRIORITY_SHIFT) | 3);
      store<f64>(record + RECORD_VALUE, (i as f64) + 0.5);
      store<i32>(record + RECORD_TYPE, i);
    }
    expect(stageRecords(0, 2, NORMAL)).toBe(2);
    expect(load<i32>(submitterBlock + SUBMITTER_DRAINED)).toBe(0);
    expect(peekSubmission(0, NORMAL)).toBe(EMPTY);
    const first = load<i32>(records + RECORD_INDEX);
    const second = load<i32>(records + RECORD_BYTES + RECORD_INDEX);
    const left = CAPACITY - 2;
    expect(stageRecords(2, CAPACITY + 1, NORMAL)).toBe(left);
    publishSubmissions(NORMAL, CAPACITY);
    expect(takeSubmission(0, NORMAL)).toBe(first);
    expect(takeSubmission(0, NORMAL)).toBe(second);
    const slot = slotAt(second);
    expect(load<f64>(slot + SLOT_VALUE)).toBe(1.5);
    expect(load<i32>(slot + SLOT_TYPE)).toBe(1);
    expect(load<i32>(slot + SLOT_META) & META_TAG_MASK).toBe(3);
    expect((load<i32>(slot + SLOT_META) >> META_PRIORITY_SHIFT) & 3).toBe(NORMAL);
    expect(load<i32>(slot + SLOT_RETRIES)).toBe(0);
    for (let i = 0; i < left; ++i) {
      expect(takeSubmission(0, NORMAL)).toBe(load<i32>(records + (i as usize) * RECORD_BYTES + RECORD_INDEX));
    }
    expect(takeSubmission(0, NORMAL)).toBe(EMPTY);
  });

  test('numbers become staged tasks of one type in their order, as many as there are slots', () => {
    const numbers = submitterBlock + SUBMITTER_NUMBERS;
    configure(HEADER_RETRY, 2);
    asHost();
    for (let i = 0; i < NUMBERS; ++i) store<f64>(numbers + (i as usize) * NUMBER_BYTES, (i as f64) + 0.5);
    expect(stageNumbers(0, NUMBERS, 7, NORMAL)).toBe(CAPACITY);
    expect(load<f64>(numbers + CAPACITY * NUMBER_BYTES)).toBe((CAPACITY as f64) + 0.5); // the next one is as it was
    expect(peekSubmission(0, NORMAL)).toBe(EMPTY);
    publishSubmissions(NORMAL, CAPACITY);
    let wrong = 0;
    for (let i = 0; i < CAPACITY; ++i) {
      const index = takeSubmission(0, NORMAL);
      const slot = slotAt(index);
      const meta = load<i32>(slot + SLOT_META);
      if (load<i32>(numbers + (i as usize) * NUMBER_BYTES) != index) wrong += 1;
      if (load<f64>(slot + SLOT_VALUE) != (i as f64) + 0.5 || load<i32>(slot + SLOT_TYPE) != 7) wrong += 1;
      if ((meta & META_TAG_MASK) != TAG_NUMBER || ((meta >> META_PRIORITY_SHIFT) & 3) != NORMAL) wrong += 1;
      if (load<i32>(slot + SLOT_LENGTH) != 0 || load<i32>(slot + SLOT_RETRIES) != 2) wrong += 1;
    }
    expect(wrong).toBe(0);
    expect(takeSubmission(0, NORMAL)).toBe(EMPTY);
  });

  test('a batch goes to the worker’s run queue, the oldest to the worker', () => {
    for (let i = 0; i < 10; ++i) send(NORMAL, i);
    asWorker(1);
    expect(moveSubmissions(0, NORMAL, runQueue(1, NORMAL), runMask, 4)).toBe(0);
    for (let i = 1; i < 4; ++i) expect(takeOwn(NORMAL)).toBe(i);
    expect(takeOwn(NORMAL)).toBe(EMPTY);
    expect(takeSubmission(0, NORMAL)).toBe(4);
    asHost();
  });
});
