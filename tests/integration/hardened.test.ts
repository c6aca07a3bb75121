import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createEngine, WorkStealingScheduler } from '../../src/index.ts';
import { KERNELS } from '../support/engines.ts';
import { projectRoot } from '../support/project.ts';
import { IN_FULL_SET } from '../support/quick.ts';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('../support/hardened-program.js', import.meta.url));

/** What the program prints in a runtime that is neither hardened nor hostile. */
const plain = printed([], []);

async function printed(flags: readonly string[], names: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['--no-warnings', ...flags, PROGRAM, ...names]);
  assert.match(stdout, /kernels: \{/);
  return stdout;
}

/** Names that the engine reads from options, and that Node or the language reads from what the engine gives them. */
const NAMES: Record<string, readonly string[]> = {
  'options of createEngine':
    `isolation deterministic seed retry tasks kernels workers capacity maxQueue memory concurrency numa starvationInterval resourceLimits
    workerData env execArgv timing objectives critical high normal low p99Us p999Us errorRate stealFailureRate name poolBytes maximumBytes shedAt refuseAt stallShedAt stallRefuseAt recycleAt maxOldGenerationSizeMb stackSizeMb`.split(
      /\s+/,
    ),
  'options of numa': [
    'nodes',
    'policy',
    'pin',
    'useIsolatedCpus',
    'reserveHostCore',
    'monitoring',
    'efficiencyThreshold',
  ],
  'what a scheduler is told of its machine': ['root', 'lookEveryMs', 'windowMs', 'firstWorker', 'workerCpus'],
  'options of run, map and close': [
    'node',
    'priority',
    'signal',
    'timeoutMs',
    'startWithinMs',
    'killGraceMs',
    'retry',
    'ordered',
    'drain',
    'signals',
  ],
  'details of errors': ['cause', 'code', 'error', 'list', 'thrown', 'errors', 'type', 'properties', 'task', 'detail'],
  'options of Node': [
    'eval',
    'argv',
    'stdin',
    'stdout',
    'transferList',
    'once',
    'flag',
    'encoding',
    'initial',
    'shared',
  ],
  descriptors: ['get', 'set', 'enumerable', 'configurable'],
  'nothing in particular': ['polluted'],
};

describe('Object.prototype that somebody has written to', () => {
  it('with all of these names: all is as without', async () => {
    assert.equal(await printed([], Object.values(NAMES).flat()), await plain);
  });

  for (const [what, names] of Object.entries(NAMES)) {
    it(`with names of ${what}: all is as without`, IN_FULL_SET, async () => {
      assert.equal(await printed([], names), await plain);
    });
  }
});

describe('Object.prototype that has a value which createEngine would take', () => {
  const written = { isolation: 'process', seed: 3, workers: 3, retry: 2 };
  before(() => Object.assign(Object.prototype, written));
  after(() => {
    for (const name of Object.keys(written)) Reflect.deleteProperty(Object.prototype, name);
  });

  it('nobody gave it', async () => {
    const engine = await createEngine({ kernels: KERNELS, deterministic: { seed: 1 } });
    try {
      assert.ok(engine instanceof WorkStealingScheduler);
      assert.equal(engine.stats().workers.length, 4);
    } finally {
      await engine.close();
    }
    const unseeded = { kernels: KERNELS, deterministic: {} } as never;
    await assert.rejects(createEngine(unseeded), { code: 'ERR_INVALID_OPTION', option: 'deterministic.seed' });
  });
});

describe('tallyio run where Object.prototype has the names of its flags', () => {
  it('has no flag that was not given', async () => {
    const names = ['ordered', 'ndjson', 'continueOnError', 'stats'];
    const polluting = `Object.assign(Object.prototype, ${JSON.stringify(Object.fromEntries(names.map((name) => [name, true])))})`;
    const cli = join(projectRoot, 'build/src/cli/main.js');
    const file = join(projectRoot, 'LICENSE');
    const args = ['run', `${PROGRAM}#kind`, '--workers', '1', '--input', file];
    const { stdout, stderr } = await run(process.execPath, [
      '--import',
      `data:text/javascript,${polluting}`,
      cli,
      ...args,
    ]);
    assert.deepEqual([...new Set(stdout.trim().split('\n'))], ['string']); // and no JSON was asked for
    assert.equal(stderr, '');
  });
});

describe('no code from strings', () => {
  it('handlers and kernels work under --disallow-code-generation-from-strings', async () => {
    assert.equal(await printed(['--disallow-code-generation-from-strings'], []), await plain);
  });
});

const FLAG = ['--permission', '--experimental-permission'].find((flag) =>
  process.allowedNodeEnvironmentFlags.has(flag),
);

describe('permission model', { skip: FLAG === undefined && 'this Node has no permission model' }, () => {
  const read = `--allow-fs-read=${projectRoot}/`;
  const flags = (...granted: string[]): string[] => [FLAG ?? '', ...granted];

  it('needs --allow-worker and --allow-fs-read of the package and the tasks, nothing else', async () => {
    assert.equal(await printed(flags('--allow-worker', read), []), await plain);
  });

  it('without --allow-worker: an error of ours that names the flag', async () => {
    await assert.rejects(printed(flags(read), []), (error: Error & { stderr?: string }) => {
      assert.match(error.stderr ?? '', /expected Node's permission model to let the engine start worker threads/);
      assert.match(error.stderr ?? '', /start it with --allow-worker\b/);
      assert.match(error.stderr ?? '', /code: 'ERR_MODULE_LOAD'/);
      assert.match(error.stderr ?? '', /flag: '--allow-worker'/);
      return true;
    });
  });
});
