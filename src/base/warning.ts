/** What process warnings of the engine about NUMA nodes are known by. docs/errors.md */
export type WarningCode = 'WARN_NOT_PINNED' | 'WARN_MEMORY_NOT_BOUND' | 'WARN_NODE_GIVEN_UP';

/** Tells the user of the process of something that is worse than it could be, and works. */
export function warn(code: WarningCode, message: string): void {
  process.emitWarning(message, { type: 'TallyioWarning', code });
}
