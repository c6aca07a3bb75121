import { spawnSync } from 'node:child_process';
import { NotMeasured } from '../case.ts';

/**
 * What starts a program on certain CPUs with its memory on a certain node.
 *
 * @throws NotMeasured where that is not possible
 */
export function commandOnNode(cpus: readonly number[], node: number): readonly string[] {
  const command = ['taskset', '-c', cpus.join(), 'numactl', `--membind=${String(node)}`];
  const [program = '', ...args] = command;
  const { status, error, stderr } = spawnSync(program, [...args, 'true'], { encoding: 'utf8' });
  if (status === 0) return command;
  throw new NotMeasured(`${command.join(' ')}: ${error?.message ?? stderr.trim()}`);
}
