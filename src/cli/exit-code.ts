/** What the process answers with. */
export const ExitCode = {
  Done: 0,
  Failed: 1,
  Usage: 2,
  /** 128 + SIGINT, as shells report it. */
  Interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The command was called wrongly: the message says in one line what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
