import { ATTENTION_MAIL, EMPTY, NORMAL, PARK_NOTIFIED } from '../../src/abi/codes';
import { WORKER_ATTENTION, WORKER_PARK } from '../../src/abi/layout';
import { workerBlockOf } from '../memory/region';
import { hasTakenMail, mailTo, takeMail } from '../worker/mailbox';
import { hasWork } from '../worker/scan';
import { prepareTask } from '../worker/submit';
import { find } from '../worker/find';
import { arrange, asHost, asWorker } from './arrange';

function attention(worker: i32): i32 {
  return load<i32>(workerBlockOf(worker) + WORKER_ATTENTION);
}

function mail(worker: i32): i32 {
  const index = prepareTask(0, NORMAL, 0, 0, 0, 0, 0);
  mailTo(worker, index);
  return index;
}

describe('mailbox', () => {
  beforeEach(() => {
    arrange(2, 64, 0);
  });

  test('empty is −1', () => {
    asWorker(0);
    expect(takeMail()).toBe(-1);
    expect(hasTakenMail()).toBe(false);
  });

  test('first in, first out, and later mail behind earlier', () => {
    const first = mail(1);
    const second = mail(1);
    asWorker(1);
    expect(takeMail()).toBe(first);
    expect(hasTakenMail()).toBe(true);
    asHost();
    const third = mail(1);
    asWorker(1);
    expect(takeMail()).toBe(second);
    expect(takeMail()).toBe(third);
    expect(takeMail()).toBe(-1);
  });

  test('draws attention until it is taken out, and notifies', () => {
    mail(1);
    expect(attention(1)).toBe(ATTENTION_MAIL);
    expect(attention(0)).toBe(0);
    expect(load<i32>(workerBlockOf(1) + WORKER_PARK)).toBe(PARK_NOTIFIED);
    asWorker(1);
    takeMail();
    expect(attention(1)).toBe(0);
  });

  test('is work for its worker and for nobody else', () => {
    mail(1);
    asWorker(0);
    expect(takeMail()).toBe(-1);
    expect(hasWork()).toBe(false);
    expect(find(false)).toBe(EMPTY);
    expect(attention(0)).toBe(0);
    expect(attention(1)).toBe(ATTENTION_MAIL);
  });
});
