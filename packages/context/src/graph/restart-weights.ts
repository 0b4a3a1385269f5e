import type { KeywordHit } from './keyword-index.ts';
import type { RetrieveOptions } from './related-context.ts';
import { retrievalWeights } from './retrieval-weights.ts';

/** Where a walker starts: the seeds that are there, and the best keyword hits. Empty: anywhere. */
export function restartWeights(
  indexOf: (id: string) => number | undefined,
  from: {
    readonly seeds: NonNullable<RetrieveOptions['seeds']>;
    readonly hits: readonly KeywordHit[];
  },
): ReadonlyMap<number, number> {
  const weights = new Map<number, number>();
  function add(id: string, weight: number): void {
    const index = indexOf(id);
    if (index !== undefined) weights.set(index, (weights.get(index) ?? 0) + weight);
  }
  for (const seed of from.seeds) {
    if (typeof seed === 'string') add(seed, 1);
    else add(seed.id, seed.weight);
  }
  const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0) || 1;
  from.hits.forEach(({ id }, rank) => {
    add(id, (all * retrievalWeights.hit) / (1 + rank));
  });
  return weights;
}
