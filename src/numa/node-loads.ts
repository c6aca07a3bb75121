/** How busy each node is, by its index in `topology.nodes`: who submits and settles writes it, placement reads it. */
export class NodeLoads {
  /** Tasks that were placed on a node and have not ended. */
  readonly pending: Int32Array;
  /** How many tasks a node runs at once; 0 = it takes none, as it has no process, or that is being replaced. */
  readonly places: Int32Array;

  /** @param count of nodes */
  constructor(count: number) {
    this.pending = new Int32Array(count);
    this.places = new Int32Array(count);
  }
}
