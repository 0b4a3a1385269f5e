import type { GraphSnapshot } from './graph-snapshot.ts';
import type { KeywordHit } from './keyword-index.ts';
import type { RetrieveOptions } from './related-context.ts';

/** Weight of the first keyword hit beside a seed of weight 1; the following ones get less: 1/2, 1/3 … of it. */
const hitWeight = 0.3;

/** Where a walker starts: the seeds that are there, and the best keyword hits. Empty: anywhere. */
export function restartWeights(
  graph: GraphSnapshot,
  from: {
    readonly seeds: NonNullable<RetrieveOptions['seeds']>;
    readonly hits: readonly KeywordHit[];
  },
): ReadonlyMap<number, number> {
  const weights = new Map<number, number>();
  function add(id: string, weight: number): void {
    const index = graph.indexOf.get(id);
    if (index !== undefined) weights.set(index, (weights.get(index) ?? 0) + weight);
  }
  for (const seed of from.seeds) {
    if (typeof seed === 'string') add(seed, 1);
    else add(seed.id, seed.weight);
  }
  from.hits.forEach(({ id }, rank) => {
    add(id, hitWeight / (1 + rank));
  });
  return weights;
}
