import { describe, it } from 'node:test';
import { check } from './check.ts';
import { checkpoints, deaths, forks, parked } from './scenarios/fork-join.ts';

const ALL = { preemptions: Infinity, full: Infinity };

describe('fork–join model (docs/protocols/fork-join.md)', () => {
  it('one kernel, one and two thieves', () => {
    check(forks({ 0: '1j', 1: '' }, [2]), ALL);
    check(forks({ 0: '1j', 1: '' }, [1, 1]), { preemptions: 3, full: Infinity });
  });
  it('joined youngest first, oldest first, not at all', () => {
    check(forks({ 0: '12jj', 1: '', 2: '' }, [2]), ALL);
    check(forks({ 0: '12oo', 1: '', 2: '' }, [2]), ALL);
    check(forks({ 0: '12', 1: '', 2: '' }, [2]), ALL);
    check(forks({ 0: '12o3jj', 1: '', 2: '', 3: '' }, [2]), { preemptions: 3, full: Infinity });
  });
  it('two thieves', () => {
    check(forks({ 0: '12jj', 1: '', 2: '' }, [1, 1]), { preemptions: 2, full: 4 });
    check(forks({ 0: '123ooo', 1: '', 2: '', 3: '' }, [2, 1]), { preemptions: 1, full: 3 });
  });
  it('shared again at the same place, under a slow thief', () => {
    check(forks({ 0: '1j2j', 1: '', 2: '' }, [2]), ALL);
    check(forks({ 0: '1j2j', 1: '', 2: '' }, [1, 1]), { preemptions: 2, full: 4 });
    check(forks({ 0: '12jj34oo', 1: '', 2: '', 3: '', 4: '' }, [2]), { preemptions: 3, full: 5 });
  });
  it('kernels that spawn, whoever runs them; those that wait for one another', () => {
    check(forks({ 0: '1j', 1: '2j', 2: '' }, [2]), { preemptions: 3, full: 5 });
    check(forks({ 0: '1j', 1: '23jj', 2: '', 3: '' }, [2]), { preemptions: 2, full: 4 });
    check(forks({ 0: '12jj', 1: '3j', 2: '4j', 3: '', 4: '' }, [2, 2]), { preemptions: 1, full: 2 });
    check(forks({ 0: '12jj', 1: '', 2: '3j', 3: '' }, [1, 1]), { preemptions: 2, full: 3 });
  });
  it('reclaimed, youngest first, oldest first', () => {
    check(forks({ 0: '1r', 1: '' }, [2]), ALL);
    check(forks({ 0: '1r', 1: '2r', 2: '' }, [1, 1]), { preemptions: 2, full: 4 });
    check(forks({ 0: '12rq', 1: '', 2: '' }, [2]), ALL);
    check(forks({ 0: '12qq', 1: '3j', 2: '', 3: '' }, [1, 1]), { preemptions: 2, full: 3 });
    check(deaths({ scripts: { 0: '12qr', 1: '3r', 2: '', 3: '' }, thieves: [[0, 1]], mortal: [2] }), {
      preemptions: 1,
      full: 2,
    });
  });
  it('results in bytes', () => {
    check(forks({ 0: '12jj', 1: 'b', 2: 'b' }, [2], { poolPages: 2 }), { preemptions: 2, full: 4 });
  });
  it('a parked worker is woken and finds it', () => {
    check(parked({ 0: '1wj', 1: '' }, 1), { preemptions: 3, full: 5 });
    check(parked({ 0: '1wj', 1: '' }, 1, { spin: 1 }), { preemptions: 3, full: 4 });
    check(parked({ 0: '12wj', 1: '', 2: '' }, 2), { preemptions: 0, full: 1 });
    check(parked({ 0: '1j', 1: '2wj', 2: '' }, 2), { preemptions: 0, full: 1 });
  });
  it('an urgent kernel at a checkpoint and a worker that takes it, too', () => {
    check(checkpoints({ 0: 'c', 1: '' }, [1]), { preemptions: 1, full: 3 });
    check(checkpoints({ 0: '2cj', 1: '3j', 2: '', 3: '' }, [1]), { preemptions: 0, full: 2 });
  });
  it('a thief dies', () => {
    check(deaths({ scripts: { 0: '1j', 1: '' }, thieves: [[0, 1]], mortal: [2] }), { preemptions: 2, full: 4 });
    check(deaths({ scripts: { 0: '12jj', 1: '', 2: '' }, thieves: [[0, 2]], mortal: [2] }), {
      preemptions: 1,
      full: 3,
    });
    check(deaths({ scripts: { 0: '1j', 1: '2j', 2: '3j', 3: '' }, thieves: [[0, 1]], mortal: [2] }), {
      preemptions: 1,
      full: 2,
    });
  });
  it('a thief dies with a result in bytes', () => {
    const config = { poolPages: 2 };
    check(deaths({ scripts: { 0: '1j', 1: 'b' }, thieves: [[0, 1]], mortal: [2], config }), {
      preemptions: 1,
      full: 3,
    });
    check(deaths({ scripts: { 0: '1j', 1: '2j', 2: 'b' }, thieves: [[0, 1]], mortal: [2], config }), {
      preemptions: 0,
      full: 2,
    });
  });
  it('a thief dies whose own kernels another runs', () => {
    check(
      deaths({
        scripts: { 0: '1j', 1: '2j', 2: '' },
        thieves: [
          [0, 1],
          [1, 1],
        ],
        mortal: [2],
      }),
      { preemptions: 1, full: 2 },
    );
  });
  it('the owner dies', () => {
    check(deaths({ scripts: { 0: '1j', 1: '' }, thieves: [[0, 1]], mortal: [1] }), { preemptions: 2, full: 4 });
    check(deaths({ scripts: { 0: '1j', 1: '', 2: '34jj', 3: '', 4: '' }, next: 2, thieves: [[0, 1]], mortal: [1] }), {
      preemptions: 1,
      full: 3,
    });
    check(deaths({ scripts: { 0: '1j', 1: '' }, thieves: [[0, 1]], mortal: [1], config: { retry: 1 } }), {
      preemptions: 2,
      full: 4,
    });
    check(deaths({ scripts: { 0: '1j', 1: '2j', 2: '' }, thieves: [[0, 1]], mortal: [1] }), {
      preemptions: 1,
      full: 3,
    });
  });
  it('the owner dies with results in bytes', () => {
    const config = { poolPages: 2 };
    check(deaths({ scripts: { 0: 'b1j', 1: 'b' }, thieves: [[0, 1]], mortal: [1], config }), {
      preemptions: 0,
      full: 2,
    });
  });
  it('two die that have stolen of each other', () => {
    check(deaths({ scripts: { 0: '1j', 1: '2j', 2: '' }, thieves: [[0, 1]], mortal: [1, 2] }), {
      preemptions: 1,
      full: 2,
    });
    check(deaths({ scripts: { 0: '1j', 1: '2j', 2: '3j', 3: '' }, thieves: [[0, 1]], mortal: [1, 2] }), {
      preemptions: 0,
      full: 1,
    });
  });
});
