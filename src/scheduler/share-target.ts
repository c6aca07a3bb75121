import { Target, type TargetEvent } from './target.ts';

/** Of so few a share says nothing. A guess. */
const FEWEST = 20;

/** A share of what happens, such as of the tasks that fail. */
export class ShareTarget extends Target {
  /** A window of fewer would be beyond by a single one. */
  readonly #fewest: number;
  // Where the window began, and the last look.
  #badBefore = 0;
  #allBefore = 0;
  #allAtLook = 0;

  /** @param threshold 0 … 1 */
  constructor(metric: string, threshold: number) {
    super(metric, threshold);
    this.#fewest = threshold === 0 ? FEWEST : Math.max(FEWEST, Math.ceil(1 / threshold));
  }

  /**
   * A window is over, if what it shows is enough to judge it: else it goes on.
   *
   * @param bad so many ever
   * @param all of so many
   * @param isIdle nothing is under way that could still be counted
   */
  look(bad: number, all: number, isIdle: boolean): TargetEvent | undefined {
    const badNow = bad - this.#badBefore;
    const allNow = all - this.#allBefore;
    const isQuiet = isIdle && all === this.#allAtLook;
    this.#allAtLook = all;
    // Those that are missing could all be good ones.
    const least = badNow / Math.max(allNow, this.#fewest);
    const isBeyond = least > this.threshold;
    const isEnough = isBeyond || allNow >= this.#fewest || (this.isMissed && isQuiet);
    if (!isEnough) return undefined;
    this.#badBefore = bad;
    this.#allBefore = all;
    return this.judge(isBeyond, least);
  }
}
