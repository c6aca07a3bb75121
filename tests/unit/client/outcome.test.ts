import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TAG_POOL_EXHAUSTED } from '../../../src/abi/codes.ts';
import { decodeFailure, workerLost } from '../../../src/client/outcome.ts';

const TASK = { name: 'resize', type: 0, kernel: false };
const NO_BYTES = Buffer.alloc(0);

describe('errors of tasks', () => {
  it('a result without room: how large it is, and how large the pool', () => {
    const error = decodeFailure(TASK, TAG_POOL_EXHAUSTED, 5000, NO_BYTES, 0, 0, 65_536);
    const { code, resource, usage, limit, unit, task } = error as unknown as Record<string, unknown>;
    assert.deepEqual(
      { code, resource, usage, limit, unit, task },
      { code: 'ERR_RESOURCE_EXHAUSTED', resource: 'pool', usage: 5000, limit: 65_536, unit: 'bytes', task: 'resize' },
    );
    assert.match(error.message, /room for the 5000 bytes that task "resize" returned in the pool of 65536/);
  });

  it('a lost task: what to do depends on whether it ran again before', () => {
    assert.match(workerLost(TASK, 2, 1).message, /exited while it ran: set retry if it may run more than once$/);
    assert.match(
      workerLost(TASK, 2, 3).message,
      /exited while it ran, the last of 3 attempts: raise retry if it may run more often$/,
    );
  });
});
