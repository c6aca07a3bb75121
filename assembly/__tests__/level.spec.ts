import { LEVELS } from '../../src/abi/codes';
import { announceLevel, clearLevel, levels } from '../worker/level';
import { arrange } from './arrange';

describe('level word', () => {
  beforeEach(() => {
    arrange(1, 32, 0);
  });

  test('a bit per priority, each alone', () => {
    expect(levels()).toBe(0);
    for (let level = 0; level < LEVELS; ++level) {
      announceLevel(level);
      expect(levels()).toBe((2 << level) - 1);
    }
    for (let level = 0; level < LEVELS; ++level) {
      clearLevel(level);
      expect(levels() & (1 << level)).toBe(0);
    }
    expect(levels()).toBe(0);
  });

  test('announcing and clearing twice is doing it once', () => {
    announceLevel(2);
    announceLevel(2);
    expect(levels()).toBe(4);
    clearLevel(2);
    clearLevel(2);
    expect(levels()).toBe(0);
  });
});
