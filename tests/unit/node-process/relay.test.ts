import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { TAG_NUMBER } from '../../../src/abi/codes.ts';
import { Inbox } from '../../../src/node-process/inbox.ts';
import { Outbox } from '../../../src/node-process/outbox.ts';
import { KIND_CANCEL, KIND_OUTCOME, KIND_STARTED, KIND_TASK } from '../../../src/node-process/protocol.ts';
import { ChannelRecord, RECORD_WORDS } from '../../../src/node-process/record.ts';
import { Relay } from '../../../src/node-process/relay.ts';
import { withEngine } from '../../support/engines.ts';
import { until } from '../../support/until.ts';

const ID = 3;
const NO_INPUT = Buffer.alloc(0);

/** Keeps the kinds of the records that are sent. */
function recorder(kinds: number[]): Writable {
  return new Writable({
    write(bytes: Buffer, _encoding, done) {
      const words = new Int32Array(Uint8Array.from(bytes).buffer);
      for (let at = 0; at < words.length; at += RECORD_WORDS) kinds.push((words[at] ?? 0) & 255);
      done();
    },
  });
}

/** Timers of this thread that hold its event loop. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

describe('relay', () => {
  it('a task that has long to stop does not hold the process for so long', async () => {
    await withEngine({}, async (engine, board) => {
      const kinds: number[] = [];
      const relay = new Relay(engine.attach(), new Outbox(recorder(kinds)));
      const sink = {
        open: () => assert.fail('nothing comes in'),
        receiveMany: () => 0,
        receive: () => undefined,
        pause: () => undefined,
      };
      const task = new ChannelRecord().set(KIND_TASK, ID, 0);
      task.type = engine.taskType('block');
      task.level = 2;
      task.tag = TAG_NUMBER;
      relay.take(task, NO_INPUT, 0);
      relay.begin();
      await board.arrived(0);
      const before = timers();
      relay.cancel(new ChannelRecord().set(KIND_CANCEL, ID, 60_000), new Inbox(sink));
      assert.equal(timers(), before);
      await until(() => kinds.includes(KIND_STARTED), 'the answer that it does not start any more');
      board.open(0);
      await until(() => kinds.includes(KIND_OUTCOME), 'its outcome');
      relay.finish();
    });
  });
});
