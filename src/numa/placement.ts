/** Decides on which node process a task runs, and counts. They are known by their indices, in the order of the ids of their nodes. */
export interface Placement {
  /** Tasks that no node has room for and that prefer none wait for the first one that has, instead of the one that was chosen. */
  readonly isLate: boolean;
  /** The node for a task. @param preferred by index, −1 for none */
  choose(preferred: number): number;
  /** So many tasks, one of them the last one of `choose`, were placed on a node, and are released to it unless they wait. 0: none was. */
  assigned(node: number, count: number): void;
  /** So many of those that were just placed wait. */
  waits(count: number): void;
  /** So many that were placed on one node, and waited, are released to another one, or to that one. */
  released(from: number, to: number, count: number): void;
  /** One that was placed on one node, and released to another one or to that one, waits again. */
  putBack(from: number, to: number): void;
  /** How many tasks a node has, and how many it runs at once; 0: it takes none now. */
  load(node: number, pending: number, places: number): void;
  /** All other nodes, the nearest first. */
  nearest(node: number): readonly number[];
  /** A node takes no task any more. */
  close(node: number): void;
  isOpen(node: number): boolean;
}
