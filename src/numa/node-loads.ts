/** How busy each node is, by its index in `topology.nodes`: who submits and settles writes it, placement reads it. */
export class NodeLoads {
  /** Tasks that were placed on a node and have not ended. */
  readonly pending: Int32Array;
  /** How many tasks a node runs at once; 0 = it takes none, as it has no process, or that is being replaced. */
  readonly places: Int32Array;
  /** How often a node began or ceased to take tasks, by `set`. */
  changes = 0;
  /** How often a node was told to have fewer tasks than before. */
  ends = 0;

  /** @param count of nodes */
  constructor(count: number) {
    this.pending = new Int32Array(count);
    this.places = new Int32Array(count);
  }

  /** What a node has, and how many tasks it runs at once. */
  set(node: number, pending: number, places: number): void {
    if ((this.places[node] ?? 0) > 0 !== places > 0) ++this.changes;
    if (pending < (this.pending[node] ?? 0)) ++this.ends;
    this.pending[node] = pending;
    this.places[node] = places;
  }
}
