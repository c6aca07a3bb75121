/** Whether Node's permission model restricts this process; only then does `process.permission` exist. */
export function permissionModelIsOn(): boolean {
  return 'permission' in process && typeof process.permission === 'object';
}
