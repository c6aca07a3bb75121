/**
 * How long the oldest task of a priority has been queued, at least. A queue that stands still records no wait; but what had been
 * submitted by a mark and has not left since is as old as the mark, whatever was submitted or left after it.
 */
export class QueueAge {
  /** Nothing was queued between the last two looks, nor at one of them. */
  isQuiet = false;
  #wasEmpty = true;
  #submittedAtMark = 0;
  #markUs = 0;
  #submittedAtLook = 0;
  /** The oldest task that waits on the host, and since when it has been that. */
  #head: object | undefined;
  #headUs = 0;

  /**
   * @param queued in shared memory, not started; counted before `submitted`, so that what comes meanwhile makes nothing older
   * @param submitted how many have ever come there
   * @param head the oldest one that waits on the host for a slot
   * @returns microseconds; the resolution is the time between two looks
   */
  look(nowUs: number, queued: number, submitted: number, head: object | undefined): number {
    const isEmpty = queued === 0 && head === undefined;
    this.isQuiet = isEmpty && this.#wasEmpty && submitted === this.#submittedAtLook;
    this.#wasEmpty = isEmpty;
    this.#submittedAtLook = submitted;
    const left = submitted - queued;
    if (left >= this.#submittedAtMark) {
      this.#submittedAtMark = submitted;
      this.#markUs = nowUs;
    }
    if (head !== this.#head) {
      this.#head = head;
      this.#headUs = nowUs;
    }
    return nowUs - (head === undefined ? this.#markUs : Math.min(this.#markUs, this.#headUs));
  }
}
