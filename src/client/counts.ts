/** How the tasks of one submitter ended; their sum and those still pending is what was submitted. */
export interface Counts {
  submitted: number;
  completed: number;
  failed: number;
  cancelled: number;
  timedOut: number;
  lost: number;
}

/** All zero. */
export function noCounts(): Counts {
  return { submitted: 0, completed: 0, failed: 0, cancelled: 0, timedOut: 0, lost: 0 };
}
