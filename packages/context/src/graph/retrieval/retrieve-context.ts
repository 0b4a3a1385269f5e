import { InvalidContextRequestError } from '../../errors/request-errors.ts';
import { breadthFirst } from '../ranking/breadth-first.ts';
import { changedTogether } from '../ranking/changed-together.ts';
import type { GraphRanking } from '../ranking/graph-ranking.ts';
import { restartWeights } from '../ranking/restart-weights.ts';
import type { NodeKeywords } from '../words/node-keywords.ts';
import { type ContextParts, composeContext } from './compose-context.ts';
import { focusWords } from './focus-words.ts';
import type { RelatedContext, RelatedContextOptions, RetrieveOptions } from './related-context.ts';
import { retrievalPasses } from './retrieval-passes.ts';

/** What contexts are made of: the nodes and their texts, and what ranks and finds them. */
export interface RetrievalParts extends ContextParts {
  readonly ranking: GraphRanking;
  readonly keywords: NodeKeywords;
}

/** What is at most `depth` edges around a node, itself first. @throws InvalidContextRequestError */
export function contextAround(
  parts: RetrievalParts,
  id: string,
  options: RelatedContextOptions,
): RelatedContext {
  const { depth = 2, maxTokens, types } = options;
  if (!Number.isInteger(depth) || depth < 0 || depth > 3)
    throw new InvalidContextRequestError(`depth is 0, 1, 2 or 3, not ${depth}.`);
  assertTokens(maxTokens);
  const { graph, ranking } = parts;
  const { ids, neighbours, importance } = ranking;
  const start = graph.indexOf(id);
  if (start === undefined || graph.node(id) === undefined)
    return { text: '', tokens: 0, nodes: [], dropped: [], missing: [id] };
  const scores = new Float64Array(ids.length);
  for (const { index, distance } of breadthFirst(neighbours, start, { depth }))
    scores[index] = 4 - distance + (importance[index] ?? 0);
  scores[start] = 5;
  return composeContext(parts, {
    scores,
    ids,
    maxTokens,
    types,
    passes: [
      { level: 'summary', limit: maxTokens, accept: (other) => other === id },
      { level: 'signature', limit: maxTokens },
      { level: 'summary', limit: maxTokens },
    ],
  });
}

/** What a step needs that starts at `seeds` or asks `query`. @throws InvalidContextRequestError */
export function retrieveContext(parts: RetrievalParts, options: RetrieveOptions): RelatedContext {
  const { maxTokens, types, exclude, query = '', seeds = [] } = options;
  assertTokens(maxTokens);
  assertShares(options);
  const { graph, ranking, keywords } = parts;
  const { ids } = ranking;
  const seedIds = seeds.map((seed) => (typeof seed === 'string' ? seed : seed.id));
  const restart = restartWeights((id) => graph.indexOf(id), {
    seeds,
    together: changedTogether(graph, seedIds),
    hits: keywords.hits(query),
  });
  const context = composeContext(parts, {
    scores: ranking.from(restart),
    ids,
    passes: retrievalPasses((id) => graph.node(id), options),
    maxTokens,
    types,
    exclude,
    words: focusWords(
      seedIds.flatMap((id) => graph.node(id) ?? []),
      query,
    ),
  });
  return { ...context, missing: seedIds.filter((id) => graph.node(id) === undefined) };
}

function assertTokens(maxTokens: number): void {
  if (!(maxTokens >= 0))
    throw new InvalidContextRequestError(`maxTokens is 0 or more, not ${maxTokens}.`);
}

function assertShares({ bodyShare = 0, seeds = [] }: RetrieveOptions): void {
  if (!(bodyShare >= 0 && bodyShare <= 1))
    throw new InvalidContextRequestError(`bodyShare is 0 to 1, not ${bodyShare}.`);
  for (const seed of seeds)
    if (typeof seed !== 'string' && !(seed.weight >= 0 && seed.weight < Number.POSITIVE_INFINITY))
      throw new InvalidContextRequestError(
        `The weight of ${seed.id} is a finite number from 0 on, not ${seed.weight}.`,
      );
}
