/** How the tasks of one submitter ended; their sum and those still pending is what was submitted. */
export interface Counts {
  /** All that were accepted. */
  submitted: number;
  /** Returned. */
  completed: number;
  /** Threw, rejected, trapped or were refused by the engine. */
  failed: number;
  /** Aborted, released before they ended, or ended by a close. */
  cancelled: number;
  /** Ran into timeoutMs or startWithinMs. */
  timedOut: number;
  /** Went with a worker that exited. */
  lost: number;
}

/** All zero. */
export function noCounts(): Counts {
  return { submitted: 0, completed: 0, failed: 0, cancelled: 0, timedOut: 0, lost: 0 };
}
