/** A node process as far as shares are concerned. */
interface Taker {
  readonly isConnected: boolean;
  /** Tasks that it can run at once. */
  readonly places: number;
}

/** So many tasks for the node process with this index. */
export interface Share {
  readonly index: number;
  readonly share: number;
}

/** A share of `count` tasks for each node process that is there, by its places; none where they had better stay together: they are few. */
export function sharesOf(nodes: readonly Taker[], count: number): Share[] {
  const open = nodes.flatMap(({ isConnected, places }, index) => (isConnected ? [{ index, places }] : []));
  let placesLeft = open.reduce((sum, { places }) => sum + places, 0);
  if (open.length < 2 || count < placesLeft) return [];
  let left = count;
  return open.map(({ index, places }) => {
    const share = Math.round((left * places) / placesLeft);
    placesLeft -= places;
    left -= share;
    return { index, share };
  });
}
