import { ROSTER } from '../../src/abi/layout';
import {
  anyIdle,
  anySearcher,
  claimIdle,
  enterIdle,
  enterSearching,
  leaveIdle,
  leaveSearching,
  searchers,
} from '../worker/roster';
import { arrange } from './arrange';

const WORKERS: i32 = 70; // three words of the roster, the last one in part

function isClear(): bool {
  for (let word: usize = 0; word < 8; ++word) if (load<i64>((ROSTER as usize) + (word << 3)) != 0) return false;
  return true;
}

describe('roster', () => {
  beforeEach(() => {
    arrange(WORKERS, 32, 0);
  });

  test('empty: nobody idle, nobody searching, nobody to claim', () => {
    expect(anyIdle()).toBe(false);
    expect(anySearcher()).toBe(false);
    expect(searchers()).toBe(0);
    expect(claimIdle()).toBe(-1);
  });

  test('a worker enters and leaves, each of them alone', () => {
    let wrong = 0;
    for (let worker = 0; worker < WORKERS; ++worker) {
      enterIdle(worker);
      if (!anyIdle() || anySearcher()) wrong += 1;
      if (!leaveIdle(worker) || anyIdle()) wrong += 1;
      enterSearching(worker);
      if (anyIdle() || searchers() != 1) wrong += 1;
      leaveSearching(worker);
      if (anySearcher() || !isClear()) wrong += 1;
    }
    expect(wrong).toBe(0);
  });

  test('going idle ends the search in the same step', () => {
    enterSearching(33);
    enterIdle(33);
    expect(anySearcher()).toBe(false);
    expect(anyIdle()).toBe(true);
  });

  test('a claimed worker is a searcher; its own leaving comes too late', () => {
    enterIdle(64);
    expect(claimIdle()).toBe(64);
    expect(anyIdle()).toBe(false);
    expect(searchers()).toBe(1);
    expect(leaveIdle(64)).toBe(false);
    expect(searchers()).toBe(1);
    leaveSearching(64);
    expect(isClear()).toBe(true);
  });

  test('stampede: all idle, each is claimed once', () => {
    for (let worker = WORKERS - 1; worker >= 0; --worker) enterIdle(worker);
    for (let worker = 0; worker < WORKERS; ++worker) expect(claimIdle()).toBe(worker);
    expect(claimIdle()).toBe(-1);
    expect(searchers()).toBe(WORKERS);
  });

  test('entering twice is entering once', () => {
    enterIdle(31);
    enterIdle(31);
    enterSearching(32);
    enterSearching(32);
    expect(searchers()).toBe(1);
    expect(claimIdle()).toBe(31);
    expect(claimIdle()).toBe(-1);
  });
});
