import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { availableCpus } from '../../../src/topology/available.ts';
import { detectTopology } from '../../../src/topology/detect.ts';
import { answered, answerOf } from '../../support/machine-answer.ts';
import { filesOf } from '../../support/machine-tree.ts';
import { kernelStyles, machines } from '../../support/random-machine.ts';
import { withFileTree } from './file-tree.ts';

describe('detectTopology', () => {
  it('reads any machine back from its files, whatever kernel wrote them', () => {
    fc.assert(
      fc.property(machines, kernelStyles, (machine, style) => {
        withFileTree(filesOf(machine, style), (root) => {
          const topology = detectTopology({ root });
          assert.deepEqual(answered(topology), answerOf(machine, style));
          const given = topology.nodes.flatMap(({ usableCpus }) => usableCpus).sort((a, b) => a - b);
          assert.deepEqual(given, topology.allowedCpus, 'each CPU that is allowed is on one node');
          const { cpus, quota } = availableCpus(root);
          assert.deepEqual({ cpus, quota }, { cpus: topology.allowedCpus, quota: topology.cpuQuota });
        });
      }),
      { numRuns: 60 },
    );
  });
});
