import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planNodes, type PlanOptions } from '../../../src/affinity/plan.ts';
import { NodeLaunch } from '../../../src/node-process/node-launch.ts';
import { resolveOptions } from '../../../src/scheduler/options.ts';
import { detectTopology } from '../../../src/topology/detect.ts';
import { TASKS } from '../../support/engines.ts';
import { FakeTools, onPlatform } from '../affinity/fake-tools.ts';

const OPTIONS: PlanOptions = { pin: 'node', useIsolatedCpus: false, reserveHostCore: false, workers: 4 };
const CPUSET = 'sys/fs/cgroup/job/cpuset.cpus.effective';

/** Nodes 0 and 1, of four CPUs each, in a cpuset. */
function machine(): FakeTools {
  const tools = new FakeTools({ taskset: 'exit 0' });
  tools.write('proc/self/status', 'Cpus_allowed_list:\t0-7\nMems_allowed_list:\t0-1\n');
  tools.write('proc/self/cgroup', '0::/job\n');
  tools.write('proc/self/mountinfo', '31 23 0:28 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n');
  tools.write(CPUSET, '0-7\n');
  tools.write('sys/devices/system/cpu/online', '0-7\n');
  tools.write('sys/devices/system/node/online', '0-1\n');
  tools.write('sys/devices/system/node/node0/cpulist', '0-3\n');
  tools.write('sys/devices/system/node/node1/cpulist', '4-7\n');
  return tools;
}

function launchesOn(root: string, options: PlanOptions = OPTIONS): NodeLaunch[] {
  const topology = detectTopology({ root });
  const plan = planNodes(topology, options);
  const { allowedCpus: allowed } = topology;
  return NodeLaunch.all(plan, { options: resolveOptions({ tasks: TASKS }), root, planOptions: options, allowed });
}

/** The CPUs that the next process is started on. */
function cpusOf(launch: NodeLaunch): string | undefined {
  return onPlatform('linux', () => launch.launch()).prefix[2];
}

describe('NodeLaunch', () => {
  it('numbers the workers node by node', () => {
    using tools = machine();
    assert.deepEqual(
      launchesOn(tools.root).map(({ place }) => place),
      [
        { id: 0, firstWorker: 0, workers: 2 },
        { id: 1, firstWorker: 2, workers: 2 },
      ],
    );
  });

  it('starts each process on what its node has by then', () => {
    using tools = machine();
    const [, second = assert.fail()] = launchesOn(tools.root);
    assert.equal(cpusOf(second), '4-7');
    tools.write(CPUSET, '0-5\n');
    assert.equal(cpusOf(second), '4-5');
    assert.deepEqual(second.cpus, [4, 5]);
    tools.write('sys/devices/system/cpu/online', '0-4,6-7\n');
    assert.equal(cpusOf(second), '4');
    tools.write(CPUSET, '0-7\n');
    assert.equal(cpusOf(second), '4,6-7');
  });

  it('has nothing to start where no CPU is left, and goes on when one is back', () => {
    using tools = machine();
    const [, second = assert.fail()] = launchesOn(tools.root);
    assert.equal(cpusOf(second), '4-7');
    tools.write(CPUSET, '0-3\n');
    assert.throws(() => cpusOf(second), {
      name: 'NumaError',
      code: 'ERR_NODE_UNAVAILABLE',
      message: /got 1: .*cpuset/,
    });
    tools.write(CPUSET, '0-3,7\n');
    assert.equal(cpusOf(second), '7');
  });

  it('says why memory is not bound where it should be: not on a node without any, nor where nothing is pinned', () => {
    using tools = machine();
    tools.write('sys/devices/system/node/node1/meminfo', 'Node 1 MemTotal: 0 kB\n');
    const reasonsWith = (pin: PlanOptions['pin']): unknown =>
      launchesOn(tools.root, { ...OPTIONS, pin }).map((launch) => {
        cpusOf(launch);
        return launch.unboundReason;
      });
    assert.deepEqual(reasonsWith('node'), ['numactl is not on the PATH: install numactl', undefined]);
    assert.deepEqual(reasonsWith('off'), [undefined, undefined]);
  });

  it('keeps as many workers, pinned to the cores that are left', () => {
    using tools = machine();
    const [, second = assert.fail()] = launchesOn(tools.root, { ...OPTIONS, pin: 'core' });
    assert.equal(cpusOf(second), '4-7');
    tools.write(CPUSET, '0-3,6\n');
    assert.equal(cpusOf(second), '6');
    assert.equal(second.place.workers, 2);
  });

  it("pins nothing with 'off', and no reason is given for that", () => {
    using tools = machine();
    const [first = assert.fail()] = launchesOn(tools.root, { ...OPTIONS, pin: 'off' });
    assert.deepEqual(first.launch().prefix, []);
    assert.deepEqual([first.isPinned, first.reason], [false, undefined]);
  });
});
