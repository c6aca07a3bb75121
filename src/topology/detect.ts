import type { Topology } from './topology.ts';

/** Reads the machine below `root`, a directory that holds `sys/` and `proc/`. @default '/' */
export declare function detectTopology(options?: { readonly root?: string | undefined }): Topology;
