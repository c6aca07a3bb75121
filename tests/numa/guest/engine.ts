/** The package as it was built runs tasks here, in processes of its own. */
import assert from 'node:assert/strict';
import { projectRoot } from '../../support/project.ts';
import { check, thisMachine } from './check.ts';

const TASKS = new URL('../../support/tasks.js', import.meta.url);
const KERNELS = new URL('../../support/kernels.wasm', import.meta.url);

/** One a node: each start of a thread takes long here. */
const workers = thisMachine().facts.nodes.filter(({ usableCpus }) => usableCpus !== '').length;
const { createEngine } = (await import(`${projectRoot}/dist/index.js`)) as typeof import('../../../src/index.ts');
const inputs = Array.from({ length: 500 }, (_, n) => n);
const squares = inputs.map((x) => x * x);

await check('1,000 tasks of kernels and handlers', async () => {
  const engine = await createEngine({ tasks: TASKS, kernels: KERNELS, isolation: 'process', workers });
  try {
    assert.notEqual(await engine.run('pid'), process.pid);
    assert.deepEqual(await engine.runMany('squared', inputs), squares);
    assert.deepEqual(await engine.runMany('square', inputs), squares);
    await engine.drain();
    const { submitted, completed, failed, lost } = engine.stats();
    assert.deepEqual(
      { submitted, completed, failed, lost },
      { submitted: 1_001, completed: 1_001, failed: 0, lost: 0 },
    );
  } finally {
    await engine.close();
  }
});
