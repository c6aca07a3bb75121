import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { WorkStealingError } from '../../../src/base/errors.ts';

describe('errors', () => {
  it('carry what they are given as properties and as details, which are frozen', () => {
    const error = new WorkStealingError('ERR_QUEUE_FULL', 'full', { capacity: 8, unit: 'slots' });
    assert.deepEqual(
      { ...Object.fromEntries(Object.entries(error)) },
      { code: 'ERR_QUEUE_FULL', name: 'WorkStealingError', capacity: 8, unit: 'slots' },
    );
    assert.deepEqual(error.details, { capacity: 8, unit: 'slots' });
    assert.ok(Object.isFrozen(error.details));
    assert.equal('cause' in error, false);
  });

  it('keep their own code, whatever the details say, and count name and cause not among these', () => {
    const cause = new Error('seven');
    const error = new WorkStealingError('ERR_TASK_FAILED', 'failed', { code: 7, cause, name: 'Renamed' });
    assert.deepEqual([error.code, error.name, error.cause], ['ERR_TASK_FAILED', 'Renamed', cause]);
    assert.deepEqual(error.details, { code: 7 });
  });
});
