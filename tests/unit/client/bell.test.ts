import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ARMED_ALL, ARMED_URGENT } from '../../../src/abi/codes.ts';
import { SUBMITTER_ARMED } from '../../../src/abi/layout.ts';
import { Bell, type BellEngine } from '../../../src/client/bell.ts';
import { setImmediate } from '../../../src/base/timers.ts';

const PENDING = 1000;

/**
 * What a bell arms itself for after a look that takes out 50 of many completions and one that finds none.
 *
 * @param waitUs from the submission to the first look. @param taskUs what a task takes
 */
async function armedAfter(waitUs: number, taskUs: number | undefined): Promise<number> {
  const i32 = new Int32Array(new SharedArrayBuffer(SUBMITTER_ARMED + 4));
  let nowUs = 0;
  let looks = 0;
  let arm: (bell: number) => void = () => undefined;
  const armed = new Promise<number>((resolve) => {
    arm = resolve;
  });
  const engine: BellEngine = {
    i32,
    submitterBlock: 0,
    exports: {
      arm: (bell) => {
        Atomics.store(i32, SUBMITTER_ARMED >> 2, bell);
        arm(bell);
        return 1;
      },
      disarm: () => {
        Atomics.store(i32, SUBMITTER_ARMED >> 2, 0);
      },
      spinForCompletion: () => 0,
      wokeWorker: () => 0,
    },
  };
  const owner = {
    pendingCount: PENDING,
    expectsRoom: false,
    taskUs,
    drain: () => {
      looks += 1;
      nowUs += looks === 1 ? waitUs : 1000;
      return looks === 1 ? 50 : 0;
    },
    rest: () => undefined,
  };
  const bell = new Bell(engine, owner, () => nowUs);
  bell.expect();
  const found = await armed;
  bell.close();
  await new Promise((resolve) => setImmediate(resolve));
  return found;
}

describe('a bell', () => {
  it('naps when a long backlog is to be expected by how often completions come', async () => {
    assert.equal(await armedAfter(250, undefined), ARMED_URGENT);
    assert.equal(await armedAfter(250, 5), ARMED_URGENT);
    assert.equal(await armedAfter(50, undefined), ARMED_ALL);
  });

  it('does not nap when tasks are short and their workers, or their submitter, only began late', async () => {
    assert.equal(await armedAfter(250, 0.2), ARMED_ALL);
  });
});
