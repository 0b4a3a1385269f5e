import type { EmbeddingModel } from '@org/models';
import { foundAt, placeOf, readFound } from './found-nodes.ts';
import { reciprocalRank } from './reciprocal-rank.ts';
import type { ScopeStore } from './scope-store.ts';
import type { SearchAnswer, SearchOptions } from './search-answer.ts';
import { searchVectors, type VectorAnswer } from './vector-search.ts';
import { searchWords } from './word-search.ts';

/** Candidates that each ranking brings to their fusion. */
const fused = 100;

/** Finds nodes by words and, where there is a model for it, by meaning. Models are asked between turns. */
export async function semanticSearch(
  query: string,
  options: SearchOptions & {
    readonly store: ScopeStore;
    readonly embeddings: EmbeddingModel | undefined;
    readonly minSimilarity: number;
  },
): Promise<SearchAnswer> {
  const { store, embeddings, minSimilarity, types, signal, limit = 10 } = options;
  const candidates = Math.max(fused, limit);
  const scopes = () =>
    [...store.infos].filter(([scope]) => options.scope === undefined || scope === options.scope);
  const words = await store.read([], (rows) =>
    searchWords(query, { rows, scopes: scopes(), types, limit: candidates }),
  );
  const meanings =
    embeddings === undefined || query.trim() === ''
      ? notAsked
      : await searchVectors(query, {
          store,
          embeddings,
          minSimilarity,
          types,
          scopes: scopes().map(([scope]) => scope),
          limit: candidates,
          signal,
        });
  signal?.throwIfAborted();
  const fusion = reciprocalRank([words.map(placeOf), meanings.hits.map(placeOf)]);
  const found = fusion.slice(0, limit).map(({ key, score }) => foundAt(key, score));
  const hits = await store.read([], (rows) => readFound(rows, found, store.infos));
  const mode = !meanings.asked ? 'keyword' : words.length === 0 ? 'semantic' : 'hybrid';
  return { mode, hits, embeddingError: meanings.error };
}

const notAsked: VectorAnswer = { hits: [], asked: false, error: null };
