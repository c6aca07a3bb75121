import {
  ATTENTION_STOP,
  AWAKE,
  CRITICAL,
  DONE,
  IDLE,
  LOW,
  NORMAL,
  PARK_NOTIFIED,
  RUNNING,
  STOP,
  TURN,
} from '../../src/abi/codes';
import { SUBMITTER_BUSY, SUBMITTER_TAKEN, WORKER_ATTENTION, WORKER_CURRENT, WORKER_PARK } from '../../src/abi/layout';
import * as engine from '../abi';
import { submitterBlockOf, workerBlock, workerBlockOf } from '../memory/region';
import { statusAt } from '../memory/slab';
import { drainCompletions } from '../worker/drain';
import { alert, announce, resume } from '../worker/idle';
import { hasTakenMail } from '../worker/mailbox';
import { anyIdle, anySearcher, enterIdle, searchers } from '../worker/roster';
import { arrange, asHost, asWorker, setKernel, setMean } from './arrange';

const HANDLER: i32 = 0;
const KERNEL: i32 = 1;

let runs: i32 = 0;

function counting(task: usize): void {
  if (task != 0) runs += 1;
}

function submit(type: i32, level: i32 = NORMAL): i32 {
  return engine.submit(type, level, 0, 0, 0, 0, 0);
}

describe('work', () => {
  beforeEach(() => {
    arrange(2, 64, 0);
    setKernel(KERNEL, counting.index);
    setMean(KERNEL, 10);
    runs = 0;
  });

  test('nothing is IDLE', () => {
    asWorker(0);
    expect(engine.work(1000, 0)).toBe(IDLE);
  });

  test('runs kernels, and hands over a claimed handler task in its turn', () => {
    submit(KERNEL, LOW);
    submit(KERNEL, CRITICAL);
    const handler = submit(HANDLER, NORMAL);
    asWorker(0);
    expect(engine.work(1000, 0)).toBe(handler);
    expect(runs).toBe(1);
    expect(statusAt(handler)).toBe(RUNNING);
    engine.finish(handler, DONE, 0, 0, 0, 0);
    expect(engine.work(1000, 0)).toBe(IDLE);
    expect(runs).toBe(2);
    asHost();
    expect(drainCompletions(10)).toBe(3);
  });

  test('gives the event loop its turn when the budget is used up', () => {
    for (let n = 0; n < 40; ++n) submit(KERNEL);
    asWorker(0);
    expect(engine.work(100, 0)).toBe(TURN);
    expect(runs).toBeGreaterThan(9);
    expect(runs).toBeLessThan(13);
    while (engine.work(100, 0) == TURN) continue;
    expect(runs).toBe(40);
  });

  test('cancelled tasks are passed over and their slots come back', () => {
    for (let n = 0; n < 64; ++n) expect(engine.cancel(submit(HANDLER))).toBe(1);
    expect(submit(HANDLER)).toBeLessThan(0);
    asWorker(0);
    expect(engine.work(1000, 0)).toBe(IDLE);
    engine.flush();
    asHost();
    for (let n = 0; n < 64; ++n) expect(submit(HANDLER)).toBeGreaterThan(-1);
  });

  test('mail comes before everything else', () => {
    submit(HANDLER, CRITICAL);
    const mailed = engine.mail(0, HANDLER, LOW, 0, 0, 0, 0, 0);
    const second = engine.mail(0, HANDLER, LOW, 0, 0, 0, 0, 0);
    asWorker(0);
    expect(engine.work(1000, 0)).toBe(mailed);
    expect(engine.work(1000, 0)).toBe(second);
    expect(hasTakenMail()).toBe(false);
  });

  test('lent places take nested tasks only', () => {
    submit(HANDLER, CRITICAL);
    asWorker(0);
    const nested = submit(HANDLER, LOW);
    expect(engine.work(1000, 1)).toBe(nested);
    expect(engine.work(1000, 1)).toBe(IDLE);
  });

  test('stop comes before work', () => {
    submit(KERNEL);
    alert(0, ATTENTION_STOP);
    asWorker(0);
    expect(engine.work(1000, 0)).toBe(STOP);
    expect(runs).toBe(0);
  });

  test('a worker that stops while it searches passes its wake-up on', () => {
    asWorker(0);
    expect(announce()).toBe(0);
    enterIdle(1);
    asHost();
    submit(HANDLER);
    alert(0, ATTENTION_STOP);
    asWorker(0);
    resume();
    expect(engine.work(1000, 0)).toBe(STOP);
    expect(load<i32>(workerBlockOf(1) + WORKER_PARK)).toBe(PARK_NOTIFIED);
    expect(searchers()).toBe(1);
    store<i32>(workerBlock + WORKER_ATTENTION, 0);
  });

  test('a worker that ran nothing yet holds no slot', () => {
    asWorker(1);
    expect(load<i32>(workerBlock + WORKER_CURRENT)).toBe(-1);
  });
});

describe('loss of a worker', () => {
  beforeEach(() => {
    arrange(2, 64, 0);
  });

  test('asleep: it is not woken in place of a living one', () => {
    asWorker(0);
    expect(announce()).toBe(0);
    asHost();
    engine.recoverWorker(0);
    enterIdle(1);
    submit(HANDLER);
    expect(load<i32>(workerBlockOf(1) + WORKER_PARK)).toBe(PARK_NOTIFIED);
  });

  test('woken but never come: its wake-up goes to the living ones', () => {
    asWorker(0);
    expect(announce()).toBe(0);
    asHost();
    submit(HANDLER);
    enterIdle(1);
    engine.recoverWorker(0);
    expect(load<i32>(workerBlockOf(1) + WORKER_PARK)).toBe(PARK_NOTIFIED);
    expect(anySearcher()).toBe(false);
  });

  test('with tasks of its own pending: nobody waits for them', () => {
    store<i32>(submitterBlockOf(1) + SUBMITTER_BUSY, 1);
    asHost();
    engine.recoverWorker(0);
    expect(load<i32>(submitterBlockOf(1) + SUBMITTER_BUSY)).toBe(0);
  });

  test('its successor, woken like all others, looks once more and parks', () => {
    asWorker(0);
    expect(announce()).toBe(0);
    asHost();
    engine.recoverWorker(0);
    expect(anyIdle()).toBe(false);
    asWorker(0);
    expect(announce()).toBe(AWAKE);
    expect(announce()).toBe(0);
    expect(anySearcher()).toBe(false);
    resume();
  });
});

describe('submitters', () => {
  beforeEach(() => {
    arrange(2, 64, 0);
  });

  test('attached threads take blocks behind the workers’, each one its own, and give them back', () => {
    expect(engine.takeSubmitter(7)).toBe(3);
    expect(engine.takeSubmitter(7)).toBe(4);
    expect(engine.takeSubmitter(7)).toBe(-1);
    expect(load<i32>(submitterBlockOf(3) + SUBMITTER_TAKEN)).toBe(7);
    engine.leaveSubmitter(3);
    expect(load<i32>(submitterBlockOf(3) + SUBMITTER_TAKEN)).toBe(0);
    expect(engine.takeSubmitter(7)).toBe(3);
  });
});
