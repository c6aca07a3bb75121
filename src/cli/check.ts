/** One thing that works here, or does not. */
export interface Check {
  /** Stable name, for `--json`. */
  readonly id: string;
  readonly title: string;
  /** `fail`: the engine cannot run. `warn`: it runs with less. */
  readonly status: 'ok' | 'warn' | 'fail';
  /** The fact, as data. */
  readonly value: boolean | number | string | null;
  /** The fact, for people. */
  readonly detail: string;
  /** The way out, when something is wrong. */
  readonly fix?: string;
}

/** A check that is ok, or else `status` with its way out. */
export function verdict(
  id: string,
  title: string,
  works: boolean,
  otherwise: { readonly status: 'warn' | 'fail'; readonly fix: string },
): Check {
  const common = { id, title, value: works, detail: works ? 'yes' : 'no' };
  return works ? { ...common, status: 'ok' } : { ...common, ...otherwise };
}

/** A fact that is neither good nor bad. */
export function fact(id: string, title: string, value: Check['value'], detail = String(value)): Check {
  return { id, title, status: 'ok', value, detail };
}
