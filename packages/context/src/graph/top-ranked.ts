/** A score without the noise of summing floating point numbers in another order. */
export function roundedScore(score: number): number {
  return Math.round(score * 1e12) / 1e12;
}

/**
 * Indices of the highest scores above 0, best first, at most `count`.
 *
 * Scores are compared rounded, and equals go by id: the same graph built in another order gives the
 * same ranking.
 */
export function topRanked(
  scores: Float64Array,
  options: { readonly count: number; readonly ids: readonly string[] },
): number[] {
  const rounded = scores.map(roundedScore);
  const threshold = nthHighest(rounded, options.count);
  const found: number[] = [];
  for (let i = 0; i < rounded.length; i++) {
    const score = rounded[i] ?? 0;
    if (score > 0 && score >= threshold) found.push(i);
  }
  found.sort((a, b) => {
    const byScore = (rounded[b] ?? 0) - (rounded[a] ?? 0);
    if (byScore !== 0) return byScore;
    return (options.ids[a] ?? '') < (options.ids[b] ?? '') ? -1 : 1;
  });
  return found.slice(0, options.count);
}

/** The score of the `count`-th place; 0 when there are fewer. */
function nthHighest(scores: Float64Array, count: number): number {
  if (count >= scores.length) return 0;
  return scores.slice().sort()[scores.length - count] ?? 0;
}
