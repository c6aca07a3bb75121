import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ATTENTION_RECALL, IDLE } from '../../src/abi/codes.ts';
import { PAGE_BYTES, WORKER_ATTENTION } from '../../src/abi/layout.ts';
import { check, host, refute, workerRole } from './check.ts';
import type { Scenario } from './explorer.ts';
import type { Program } from './vthread.ts';

/** Bytes of a block whose class cuts a page into two. */
const HALF = PAGE_BYTES / 2;
const LOOKS = 3;

/** As a client does: asks once, tries again when it has seen the answers; gives up looking after a while. */
function* ask(got: number[]): Program {
  const room = yield ['allocBlock', PAGE_BYTES];
  if (room !== 0) return;
  yield ['recall', PAGE_BYTES];
  for (let looks = 0; looks < LOOKS; ++looks) {
    if ((yield ['isRecalling']) === 0) {
      got.push(yield ['allocBlock', PAGE_BYTES]);
      return;
    }
    yield ['pause'];
  }
}

function* searchOn(): Program {
  for (let looks = 0; looks < LOOKS; ++looks) {
    yield ['work', 1000, 0];
    yield ['pause'];
  }
}

function* searchAndPark(): Program {
  for (;;) {
    const code = yield ['work', 1000, 0];
    if (code === IDLE && (yield ['spin']) === 0) yield ['park'];
  }
}

function* dozeOn(): Program {
  yield ['dozeWait', LOOKS];
  yield ['dozeWait', LOOKS];
}

/** The host needs a page of which an idle worker keeps a block. */
function recall(life: () => Program): Scenario {
  return {
    config: { workers: 1, poolPages: 1 },
    roles: [host, workerRole(0)],
    setUp(call) {
      const cut = [0, 1].map(() => call(0, 'allocBlock', HALF));
      cut.forEach((block, thread) => call(thread, 'freeBlock', block, HALF));
    },
    run(model) {
      const got: number[] = [];
      return {
        programs: [ask(got), life()],
        end(asleep) {
          assert.equal(got.indexOf(0), -1, 'answered, and no room all the same');
          const attention = model.word(model.workerBlock(0) + WORKER_ATTENTION);
          if (asleep.length > 0) assert.equal(attention & ATTENTION_RECALL, 0, 'sleeps over a recall');
        },
      };
    },
  };
}

describe('recall model (docs/protocols/pool.md)', () => {
  it('a worker that searches on', () => {
    check(recall(searchOn), { preemptions: 3, full: Infinity });
  });
  it('a worker that parks', () => {
    check(recall(searchAndPark), { preemptions: 2, full: Infinity });
  });
  it('a worker that dozes', () => {
    check(recall(dozeOn), { preemptions: 3, full: Infinity });
  });
  it('is caught: an answer before the flush', async () => {
    await refute(recall(searchOn), 3, {
      file: 'assembly/worker/recall.ts',
      find: '  flushBlocks();\n  and32(workerBlock + WORKER_ATTENTION, ~ATTENTION_RECALL);',
      put: '  and32(workerBlock + WORKER_ATTENTION, ~ATTENTION_RECALL);\n  flushBlocks();',
    });
  });
});
