import type { BenchCase } from '../case.ts';
export const contention: BenchCase = {
  id: 'contention',
  suite: 'concurrent',
  title: '',
  cannotTell: '',
  matches: () => Promise.resolve([]),
};
