import { WorkStealingError } from './errors.ts';

/** What Node's permission model may refuse an engine, by the name that its error has, and the flag that grants it. */
const FLAGS: ReadonlyMap<unknown, string> = new Map([
  ['WorkerThreads', '--allow-worker'],
  ['FileSystemRead', '--allow-fs-read'],
]);

/**
 * The error for what Node's permission model refused; undefined when that is not why something failed. docs/security.md
 *
 * @param what the engine wanted to do
 */
export function notPermitted(what: string, cause: unknown): WorkStealingError | undefined {
  if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'ERR_ACCESS_DENIED') return undefined;
  const permission = 'permission' in cause ? cause.permission : undefined;
  const flag = FLAGS.get(permission);
  const resource = 'resource' in cause && typeof cause.resource === 'string' ? cause.resource : '';
  const wayOut =
    flag === undefined
      ? 'grant what the cause names'
      : `start it with ${flag}${flag === '--allow-fs-read' ? `=${resource} or a folder above` : ''}`;
  return new WorkStealingError(
    'ERR_MODULE_LOAD',
    `expected Node's permission model to let the engine ${what}, but this process was started without that right: ${wayOut}`,
    { cause, ...(flag === undefined ? {} : { flag }) },
  );
}
