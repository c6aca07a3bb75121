import assert from 'node:assert/strict';
import { ATTENTION_RECALL, IDLE } from '../../../src/abi/codes.ts';
import { PAGE_BYTES, WORKER_ATTENTION } from '../../../src/abi/layout.ts';
import { host, workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { Program } from '../vthread.ts';

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

export function* searchOn(): Program {
  for (let looks = 0; looks < LOOKS; ++looks) {
    yield ['work', 1000, 0];
    yield ['pause'];
  }
}

export function* searchAndPark(): Program {
  for (;;) {
    const code = yield ['work', 1000, 0];
    if (code === IDLE && (yield ['spin']) === 0) yield ['park'];
  }
}

export function* dozeOn(): Program {
  for (let dozes = 0; dozes < 2; ++dozes) {
    assert.ok((yield ['dozeWait', LOOKS]) < LOOKS, 'a recall keeps it awake');
  }
}

/** The host needs a page of which an idle worker keeps a block. */
export function recall(life: () => Program): Scenario {
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
