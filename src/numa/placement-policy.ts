/** How the node of a task is chosen. */
export interface PlacementPolicy {
  /**
   * @param preferred index of the node that the task would like; −1 = any
   * @returns the index of a node that takes tasks, the preferred one if it does; −1 when none does
   */
  choose(preferred: number): number;
}
