import { detectTopology } from '../topology/detect.ts';
import { type Check, fact } from './check.ts';
import { counted } from './print.ts';

/** How many NUMA nodes there are, and who says so. */
export function numaCheck(): Check {
  const { nodes, source, reason, warnings } = detectTopology();
  const origin = source === 'sysfs' ? 'from the kernel' : (reason ?? 'made up');
  const more = warnings.length === 0 ? '' : `; ${counted(warnings.length, 'warning')}: see tallyio topology`;
  return fact('numaNodes', 'NUMA nodes', nodes.length, `${String(nodes.length)} (${origin})${more}`);
}
