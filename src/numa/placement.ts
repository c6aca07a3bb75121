/** How many tasks each node has. */
export interface NodeLoads {
  /** Tasks that are pending on a node, by its index; Infinity while it takes none. */
  loadOf(node: number): number;
}

/** Decides on which node a task runs. Nodes are known by their indices, in the order of their ids. */
export interface Placement {
  /** Set by whoever has the tasks. */
  loads: NodeLoads;
  /** The node for a task. @param preferred by index, −1 for none */
  choose(preferred: number): number;
  /** Tasks were placed on a node. */
  assigned(node: number, count: number): void;
  /** Tasks that waited for one node wait for another one. */
  moved(from: number, to: number, count: number): void;
  /** All other nodes, the nearest first. */
  nearest(node: number): readonly number[];
  /** A node takes no task any more. */
  close(node: number): void;
  isOpen(node: number): boolean;
}
