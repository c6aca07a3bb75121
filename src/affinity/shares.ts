/**
 * Shares `total` out in proportion to `weights`, by largest remainder: each gets its whole part, and what is left over goes to the
 * largest fractions, ties to the earlier one. Nobody gets less than 1, at the cost of those who are closest above their part.
 *
 * @param total a whole number, at least as large as there are weights
 * @param weights whole numbers, 0 … 65,536; a weight of 0 counts as 1
 * @returns a share for each weight; their sum is `total`
 */
export function sharesOf(total: number, weights: readonly number[]): number[] {
  const parts = weights.map((weight) => Math.max(1, weight));
  const sum = parts.reduce((all, part) => all + part, 0);
  const shares = parts.map((part) => Math.max(1, Math.floor((total * part) / sum)));
  // What a share lacks, times `sum`: whole numbers compare exactly.
  const lack = (n: number): number => total * (parts[n] ?? 0) - sum * (shares[n] ?? 0);
  const indices = parts.map((_, n) => n);
  let left = total - shares.reduce((all, share) => all + share, 0);
  for (; left > 0; left--)
    add(
      shares,
      first(indices, (a, b) => lack(b) - lack(a)),
      1,
    );
  for (; left < 0; left++) {
    const several = indices.filter((n) => (shares[n] ?? 0) > 1);
    const lowest = first(several.toReversed(), (a, b) => lack(a) - lack(b));
    if (lowest === undefined) break; // fewer than there are weights
    add(shares, lowest, -1);
  }
  return shares;
}

function first(indices: readonly number[], compare: (a: number, b: number) => number): number | undefined {
  return indices.toSorted(compare)[0];
}

function add(shares: number[], n: number | undefined, amount: number): void {
  if (n !== undefined) shares[n] = (shares[n] ?? 0) + amount;
}
