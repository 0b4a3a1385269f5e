/** A score without the noise of summing floating point numbers in another order. */
export function roundedScore(score: number): number {
  return Math.round(score * 1e12) / 1e12;
}

/**
 * Indices of the highest scores above 0, best first, at most `count`.
 *
 * Scores are compared rounded, and equals go by id: the same graph built in another order gives the
 * same ranking. O(n + count log count).
 */
export function topRanked(
  scores: Float64Array,
  options: { readonly count: number; readonly ids: readonly string[] },
): number[] {
  const count = Math.floor(options.count);
  const rounded = new Float64Array(scores.length);
  for (let i = 0; i < scores.length; i++) rounded[i] = roundedScore(scores[i] ?? 0);
  const threshold = nthHighest(rounded.slice(), count);
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
  return found.slice(0, count);
}

/** The score of the `count`-th place; 0 when there are fewer. Reorders `scores` (quickselect: Hoare 1961). */
function nthHighest(scores: Float64Array, count: number): number {
  if (count >= scores.length) return 0;
  if (count <= 0) return Number.POSITIVE_INFINITY;
  // All reads are between low and high, inside the array.
  let low = 0;
  let high = scores.length - 1;
  const wanted = count - 1;
  while (low < high) {
    const pivot = scores[(low + high) >> 1] as number;
    let left = low;
    let right = high;
    while (left <= right) {
      while ((scores[left] as number) > pivot) left++;
      while ((scores[right] as number) < pivot) right--;
      if (left > right) break;
      const swap = scores[left] as number;
      scores[left++] = scores[right] as number;
      scores[right--] = swap;
    }
    if (wanted <= right) high = right;
    else if (wanted >= left) low = left;
    else break;
  }
  return scores[wanted] as number;
}
