import { retrievalWeights } from './retrieval-weights.ts';

/** A node to start at, of weight 1 or of its own. */
export type Seed = string | { readonly id: string; readonly weight: number };

/** Keyword hits, best first, and what the first of them counts beside all seeds together. */
export interface WeightedHits {
  readonly found: readonly { readonly id: string }[];
  readonly weight: number;
}

/**
 * Where a walker starts: the seeds that are there, what changed together with them, and the best keyword
 * hits. Empty: anywhere.
 */
export function restartWeights(
  indexOf: (id: string) => number | undefined,
  from: {
    readonly seeds: readonly Seed[];
    readonly hits?: readonly WeightedHits[];
    /** Shares of 1. */
    readonly together?: ReadonlyMap<string, number>;
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
  for (const [id, share] of from.together ?? []) add(id, all * retrievalWeights.together * share);
  for (const { found, weight } of from.hits ?? [])
    found.forEach(({ id }, rank) => {
      add(id, (all * weight) / (1 + rank));
    });
  return weights;
}
