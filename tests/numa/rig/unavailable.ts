/** The rig cannot run on this machine, or cannot fetch what it needs. */
export class RigUnavailable extends Error {
  override readonly name = 'RigUnavailable';
}
