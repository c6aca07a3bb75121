import { describe, it } from 'node:test';
import * as codes from '../../src/abi/codes.ts';
import { check } from './check.ts';
import { delivery, mail } from './scenarios/inbox.ts';

describe('inbox model (docs/protocols/inbox.md, docs/protocols/arming.md)', () => {
  it('one worker delivers while the owner drains, arms and sleeps', () => {
    check(delivery([2]), { preemptions: Infinity, full: Infinity });
  });
  it('two workers deliver', () => {
    check(delivery([1, 1]), { preemptions: Infinity, full: Infinity });
    check(delivery([2, 1]), { preemptions: 2, full: Infinity });
  });
  it('a napping owner is rung by the worker that runs out of work', () => {
    check(delivery([2], codes.ARMED_URGENT), { preemptions: Infinity, full: Infinity });
    check(delivery([1, 1], codes.ARMED_URGENT), { preemptions: 2, full: 3 });
  });
});

describe('mailbox model (docs/protocols/inbox.md#mailbox)', () => {
  it('mail against a parking worker', () => {
    check(mail([2]), { preemptions: Infinity, full: Infinity });
    check(mail([1, 1]), { preemptions: 3, full: Infinity });
  });
});
