import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { detectTopology, hasLinuxFiles } from '../../../src/topology/detect.ts';
import { detectTopologyWithFacts, platformFacts, withFacts } from '../../../src/topology/platform-facts.ts';
import { runtimeTopology } from '../../../src/topology/runtime-topology.ts';
import { withFileTree } from './file-tree.ts';
import { FILES } from './two-nodes.ts';

const MADE_UP = runtimeTopology('a reason');
const CPUS = MADE_UP.onlineCpus.length;

describe('runtimeTopology', () => {
  it('is one node with all CPUs', () => {
    assert.equal(MADE_UP.source, 'single');
    assert.equal(MADE_UP.nodes.length, 1);
    assert.deepEqual(MADE_UP.nodes[0]?.usableCpus, MADE_UP.allowedCpus);
    assert.ok(CPUS >= 1 && MADE_UP.cores === CPUS);
  });
});

describe('withFacts', () => {
  const FOUR = { ...MADE_UP, onlineCpus: [0, 1, 2, 3], cores: 4 };
  it('takes cores, packages and memory', () => {
    const { cores, packages, smt, nodes } = withFacts(FOUR, { cores: 2, packages: 1, memoryBytes: 4096 });
    assert.deepEqual(
      { cores, packages, smt, memoryKiB: nodes[0]?.memoryKiB },
      { cores: 2, packages: 1, smt: true, memoryKiB: 4 },
    );
    assert.equal(withFacts(FOUR, { cores: 4, packages: 2, memoryBytes: 4096 }).smt, false);
  });
  it('takes no number that cannot be', () => {
    for (const odd of [0, -1, 1.5, Number.NaN, 5, Infinity]) {
      assert.deepEqual(withFacts(FOUR, { cores: odd, packages: odd, memoryBytes: Number.NaN }), FOUR);
    }
  });
});

describe('detectTopologyWithFacts', () => {
  it('is detectTopology where there are files of Linux', async () => {
    // Everything that is read is read before the first await.
    const found = withFileTree(FILES, (root) => ({
      sync: detectTopology({ root }),
      facts: detectTopologyWithFacts({ root }),
    }));
    assert.deepEqual(await found.facts, found.sync);
    await assert.rejects(detectTopologyWithFacts({ root: '/nowhere/at/all' }), { code: 'ERR_TOPOLOGY' });
    if (hasLinuxFiles()) assert.deepEqual(await detectTopologyWithFacts(), detectTopology());
  });
  it('gets numbers, or none, from the operating system', async () => {
    const facts = await platformFacts();
    if (facts !== null) assert.ok(facts.cores >= 0 && facts.memoryBytes > 0);
  });
});
