import type { NodeGraph } from '../nodes/node-graph.ts';
import { isCode } from '../nodes/node-text.ts';
import { retrievalWeights } from './retrieval-weights.ts';

/**
 * What changed together with some nodes before, by the corrections, reports and guidance that speak of
 * both: the newest count most, and one that speaks of much says little of each. Weights sum to 1.
 *
 * What changed together tends to change together again (Zimmermann et al. 2004, Ying et al. 2004).
 */
export function changedTogether(
  graph: NodeGraph,
  ids: readonly string[],
): ReadonlyMap<string, number> {
  const own = new Set(ids);
  const causes = new Map<string, number>();
  for (const id of own)
    for (const source of graph.sources(id, 'references')) {
      const node = graph.node(source);
      if (node?.type === 'concept' && !isCode(node)) causes.set(source, node.sequence);
    }
  const newestFirst = [...causes].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const weights = new Map<string, number>();
  let sum = 0;
  newestFirst.forEach(([cause], age) => {
    const others = graph.targets(cause, 'references').filter((id) => !own.has(id));
    const weight = retrievalWeights.togetherFading ** age / Math.sqrt(Math.max(1, others.length));
    for (const id of others) {
      weights.set(id, (weights.get(id) ?? 0) + weight);
      sum += weight;
    }
  });
  return new Map([...weights].map(([id, weight]) => [id, weight / sum]));
}
