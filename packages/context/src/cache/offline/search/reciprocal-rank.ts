/** Fuses rankings: each gives 1 / (60 + rank) (reciprocal rank fusion: Cormack, Clarke & Büttcher 2009). Best first; equals in the order of the first ranking. */
export function reciprocalRank(
  rankings: readonly (readonly string[])[],
): readonly { readonly key: string; readonly score: number }[] {
  const scores = new Map<string, number>();
  for (const ranking of rankings)
    ranking.forEach((key, rank) => {
      scores.set(key, (scores.get(key) ?? 0) + 1 / (61 + rank));
    });
  return [...scores].map(([key, score]) => ({ key, score })).sort((a, b) => b.score - a.score);
}
