import {
  ATTENTION_CANCEL,
  ATTENTION_MAIL,
  ATTENTION_STOP,
  AWAKE,
  NORMAL,
  PARK_EMPTY,
  PARK_NOTIFIED,
  PARK_PARKED,
} from '../../src/abi/codes';
import { WORKER_PARK, WORKER_PARKS, WORKER_WAKES } from '../../src/abi/layout';
import { workerBlock, workerBlockOf } from '../memory/region';
import { takeSubmission } from '../queue/submission';
import { alert, announce, beginSearch, doze, endDoze, endSearch, resume, unpark, wakeOne } from '../worker/idle';
import { anyIdle, anySearcher, claimIdle, enterIdle, enterSearching, searchers } from '../worker/roster';
import { prepareTask, publishTasks, stageTask } from '../worker/submit';
import { arrange, asHost, asWorker } from './arrange';

function parkWord(worker: i32): i32 {
  return load<i32>(workerBlockOf(worker) + WORKER_PARK);
}

/** The host submits a task, and wakes whom it must. */
function submit(): void {
  asHost();
  stageTask(NORMAL, 0, prepareTask(0, NORMAL, 0, 0, 0, 0, 0));
  publishTasks(NORMAL, 1);
}

describe('parking', () => {
  beforeEach(() => {
    arrange(4, 64, 0);
    asWorker(0);
    endSearch(); // the instance's own flag, from the test before
  });

  test('without work a worker sleeps, idle and no searcher', () => {
    beginSearch();
    expect(announce()).toBe(0);
    expect(parkWord(0)).toBe(PARK_PARKED);
    expect(anyIdle()).toBe(true);
    expect(anySearcher()).toBe(false);
    expect(load<f64>(workerBlock + WORKER_PARKS)).toBe(1);
    resume();
  });

  test('published before the announcement: it does not sleep', () => {
    submit();
    asWorker(0);
    expect(announce()).toBe(AWAKE);
    expect(anyIdle()).toBe(false);
    expect(parkWord(0)).toBe(PARK_EMPTY);
  });

  test('published after the announcement: it is woken, as a searcher', () => {
    expect(announce()).toBe(0);
    submit();
    expect(parkWord(0)).toBe(PARK_NOTIFIED);
    expect(searchers()).toBe(1);
    asWorker(0);
    expect(resume()).toBe(AWAKE);
    expect(load<f64>(workerBlock + WORKER_WAKES)).toBe(1);
    takeSubmission(0, NORMAL);
    endSearch();
    expect(anySearcher()).toBe(false);
  });

  test('notified before it sleeps: the notification is not lost', () => {
    unpark(0);
    expect(announce()).toBe(AWAKE);
    expect(parkWord(0)).toBe(PARK_EMPTY);
    expect(anyIdle()).toBe(false);
    expect(announce()).toBe(0);
    resume();
  });

  test('dozing: other alerts keep awake, mail and a stop wait until a place is free', () => {
    alert(0, ATTENTION_MAIL);
    expect(doze()).toBe(AWAKE); // the notification itself
    alert(0, ATTENTION_STOP);
    expect(doze()).toBe(AWAKE);
    expect(doze()).toBe(0);
    alert(0, ATTENTION_CANCEL);
    expect(parkWord(0)).toBe(PARK_NOTIFIED);
    endDoze();
    expect(doze()).toBe(AWAKE);
    expect(doze()).toBe(AWAKE);
    expect(anyIdle()).toBe(false);
  });

  test('attention keeps awake, and wakes', () => {
    alert(0, ATTENTION_STOP);
    expect(announce()).toBe(AWAKE);
    expect(parkWord(0)).toBe(PARK_NOTIFIED);
    arrange(4, 64, 0);
    asWorker(0);
    expect(announce()).toBe(0);
    alert(0, ATTENTION_STOP);
    expect(parkWord(0)).toBe(PARK_NOTIFIED);
    resume();
    expect(anySearcher()).toBe(false);
  });
});

describe('waking', () => {
  beforeEach(() => {
    arrange(4, 64, 0);
    asWorker(0);
    endSearch();
  });

  test('one submission wakes one', () => {
    for (let worker = 1; worker < 4; ++worker) enterIdle(worker);
    submit();
    expect(parkWord(1)).toBe(PARK_NOTIFIED);
    expect(parkWord(2)).toBe(PARK_EMPTY);
    expect(searchers()).toBe(1);
  });

  test('while somebody searches nobody is woken', () => {
    enterSearching(1);
    enterIdle(2);
    submit();
    expect(parkWord(2)).toBe(PARK_EMPTY);
  });

  test('nobody asleep, nobody woken', () => {
    wakeOne();
    for (let worker = 0; worker < 4; ++worker) expect(parkWord(worker)).toBe(PARK_EMPTY);
  });

  test('the last searcher that found work wakes another, if more is left', () => {
    expect(beginSearch()).toBe(true);
    submit();
    enterIdle(2);
    asWorker(0);
    endSearch();
    expect(parkWord(2)).toBe(PARK_NOTIFIED);
  });

  test('it wakes nobody if nothing is left, or if another still searches', () => {
    enterIdle(2);
    expect(beginSearch()).toBe(true);
    endSearch();
    expect(parkWord(2)).toBe(PARK_EMPTY);
    expect(beginSearch()).toBe(true);
    enterSearching(3);
    submit();
    asWorker(0);
    endSearch();
    expect(parkWord(2)).toBe(PARK_EMPTY);
  });

  test('at most half of the workers search', () => {
    enterSearching(1);
    enterSearching(2);
    expect(beginSearch()).toBe(false);
    enterIdle(3);
    expect(claimIdle()).toBe(3);
    expect(searchers()).toBe(3);
  });
});
