import type { Scenario } from '../explorer.ts';
import type { Edit } from '../module.ts';

/** One wrong edit of the engine's sources, and the scenario that some schedule of breaks with it. */
export interface Mutant extends Edit {
  /** What is wrong. */
  readonly is: string;
  /** What comes of it. */
  readonly why: string;
  /** What the scenario is about. */
  readonly by: string;
  readonly scenario: Scenario;
  /** Enough to see it. */
  readonly preemptions: number;
  /** Among the few that `npm test` runs, as tests of the checker itself. */
  readonly quick?: boolean;
}
