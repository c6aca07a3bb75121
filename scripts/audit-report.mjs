// What `npm audit` and `npm audit signatures` say: functions of their output.

function parse(output) {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

/**
 * `skipped`: the registry answers no questions about advisories; `failed`: it could not be asked; `findings`: a line for each
 * package with a known weakness of at least moderate severity.
 */
export function readAudit(output) {
  const report = parse(output);
  if (typeof report !== 'object' || report === null) {
    return { failed: `expected a report of npm as JSON, got ${JSON.stringify(String(output).slice(0, 80))}` };
  }
  if (report.vulnerabilities === undefined) {
    const reason = report.message ?? report.error?.summary ?? 'no reason given';
    return [404, 405, 501].includes(report.statusCode) ? { skipped: reason } : { failed: reason };
  }
  const findings = Object.values(report.vulnerabilities)
    .filter(({ severity }) => ['moderate', 'high', 'critical'].includes(severity))
    .map(({ name, severity, range }) => `${name} ${range}: ${severity}`);
  return { findings };
}

/** As above. A registry that signs nothing, and keys that are out of reach, are no finding: `npm ci` checks the hashes. */
export function readSignatures(output) {
  const report = parse(output);
  if (report?.invalid === undefined) return { skipped: report?.error?.summary ?? 'npm gave no answer' };
  const line = (what) => (one) => `${one.name}@${one.version}: ${what}`;
  return { findings: [...report.invalid.map(line('wrong signature')), ...report.missing.map(line('no signature'))] };
}
