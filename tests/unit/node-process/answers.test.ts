import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { Answers } from '../../../src/node-process/answers.ts';
import { Outbox } from '../../../src/node-process/outbox.ts';
import { RECORD_BYTES } from '../../../src/node-process/record.ts';

describe('what a node process tells of its tasks', () => {
  it('is their mean when it has changed by a quarter', () => {
    let records = 0;
    const line = new Writable({
      write(bytes: Buffer, _encoding, done) {
        records += bytes.length / RECORD_BYTES;
        done();
      },
    });
    const outbox = new Outbox(line);
    let meanUs = 0;
    const answers = new Answers(outbox, 4, { meanUs: () => meanUs });
    const told = [0, 100, 110, 124, 126, 126, 90].map((us) => {
      meanUs = us;
      const before = records;
      answers.mean(3);
      outbox.flush();
      return records - before;
    });
    assert.deepEqual(told, [0, 1, 0, 0, 1, 0, 1]);
  });

  it('knows what the longest of late take, if any has ended', () => {
    const line = new Writable({
      write: (_bytes, _encoding, done) => {
        done();
      },
    });
    const answers = new Answers(new Outbox(line), 3, { meanUs: (type) => [0, 1, 80][type] ?? 0 });
    answers.mean(0);
    assert.equal(answers.taskUs, undefined);
    const longest = [1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1].map((type) => {
      answers.mean(type);
      return answers.taskUs;
    });
    assert.deepEqual(longest, [1, 80, 40, 20, 80, 40, 20, 10, 5, 2.5, 1.25, 1, 1]);
  });
});
