/** Statistics for people; until then as JSON. */
export function formatStats(stats: unknown): string {
  return JSON.stringify(stats, null, 2);
}
