import type { BenchCase } from '../case.ts';
export const deque: BenchCase = {
  id: 'deque',
  suite: 'concurrent',
  title: '',
  cannotTell: '',
  matches: () => Promise.resolve([]),
};
