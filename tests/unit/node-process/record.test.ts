import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import {
  CANCELLED,
  DONE,
  FAILED,
  TAG_ENGINE_ERROR,
  TAG_KERNEL_TRAP,
  TAG_NUMBER,
  TAG_WORKER_LOST,
} from '../../../src/abi/codes.ts';
import { Answers } from '../../../src/node-process/answers.ts';
import { Inbox } from '../../../src/node-process/inbox.ts';
import { Outbox } from '../../../src/node-process/outbox.ts';
import { KIND_OUTCOME } from '../../../src/node-process/protocol.ts';
import { ChannelRecord, isProgress } from '../../../src/node-process/record.ts';

/** What the host reads when a process answers. */
function told(answer: (answers: Answers) => void): ChannelRecord {
  const records: ChannelRecord[] = [];
  const inbox = new Inbox({
    open: () => assert.fail('nothing large comes in'),
    receiveMany: (_records, from) => from,
    receive: (record) => records.push(record.copy()),
    pause: () => undefined,
  });
  const outbox = new Outbox(
    new Writable({
      write(bytes: Buffer, _encoding, done) {
        inbox.take(bytes);
        done();
      },
    }),
  );
  answer(new Answers(outbox, 1, { meanUs: () => 0 }));
  outbox.flush();
  assert.equal(records.length, 1);
  return records[0] ?? assert.fail();
}

describe('an outcome', () => {
  it('is progress when its task ran to its end, well or not', () => {
    const ends = [
      [DONE, TAG_NUMBER, true],
      [FAILED, TAG_KERNEL_TRAP, true],
      [FAILED, TAG_ENGINE_ERROR, true], // its result could not be copied
      [FAILED, TAG_WORKER_LOST, false],
      [CANCELLED, TAG_NUMBER, false],
    ] as const;
    for (const [status, tag, expected] of ends) {
      const record = Object.assign(new ChannelRecord().set(KIND_OUTCOME, 1), { status, tag });
      assert.equal(isProgress(record), expected, `status ${String(status)}, tag ${String(tag)}`);
    }
  });

  it('is none when the process cancelled the task or did not take it', () => {
    assert.equal(
      isProgress(
        told((answers) => {
          answers.cancelled(1);
        }),
      ),
      false,
    );
    const refused = told((answers) => {
      answers.refused(1, new Uint8Array(8));
    });
    assert.deepEqual([refused.status, refused.tag, isProgress(refused)], [FAILED, TAG_ENGINE_ERROR, false]);
  });
});
