import type { EmbeddingModel } from '@org/models';
import { nameOfPlace, placeNamed } from '../rows/node-place.ts';
import type { ScopeStore } from '../scopes/scope-store.ts';
import { type Found, readFound } from './found-nodes.ts';
import { reciprocalRank } from './reciprocal-rank.ts';
import type { SearchAnswer, SearchOptions } from './search-answer.ts';
import { tasksByMeaning } from './task-vector-search.ts';
import { searchTaskWords } from './task-word-search.ts';
import { nodesByMeaning, searchVectors, type VectorAnswer } from './vector-search.ts';
import { searchWords } from './word-search.ts';

/** Candidates that each ranking brings to their fusion. */
const fused = 100;

/**
 * Finds nodes by words and, where there is a model for it, by meaning. Models are asked between turns.
 *
 * Tasks among all tasks are found by rows of their own, and in one scope its own rows are read: neither costs
 * more with more scopes. Other nodes in all scopes: what is known of each scope is read.
 */
export async function semanticSearch(
  query: string,
  options: SearchOptions & {
    readonly store: ScopeStore;
    readonly embeddings: EmbeddingModel | undefined;
    readonly minSimilarity: number;
  },
): Promise<SearchAnswer> {
  const { store, embeddings, minSimilarity, scope, types, signal, limit = 10 } = options;
  const candidates = Math.max(fused, limit);
  const amongTasks = scope === undefined && isOnlyTasks(types);
  const words = await store.read<readonly Found[]>([], async (rows) =>
    amongTasks
      ? searchTaskWords(query, { rows, totals: store.tasks, limit: candidates })
      : searchWords(query, {
          rows,
          scopes: await store.infos(rows, scope),
          types,
          limit: candidates,
        }),
  );
  const meanings =
    embeddings === undefined || query.trim() === ''
      ? notAsked
      : await searchVectors(query, {
          store,
          embeddings,
          places: amongTasks
            ? tasksByMeaning({ embeddings, minSimilarity })
            : nodesByMeaning({ store, embeddings, minSimilarity, scope, types }),
          limit: candidates,
          signal,
        });
  signal?.throwIfAborted();
  const fusion = reciprocalRank([words.map(nameOfPlace), meanings.hits.map(nameOfPlace)]);
  const found = fusion.slice(0, limit).map(({ key, score }) => ({ ...placeNamed(key), score }));
  const hits = await store.read([], (rows) =>
    readFound(rows, found, (foundIn) => store.info(rows, foundIn)),
  );
  const mode = !meanings.asked ? 'keyword' : words.length === 0 ? 'semantic' : 'hybrid';
  return { mode, hits, embeddingError: meanings.error };
}

function isOnlyTasks(types: SearchOptions['types']): boolean {
  return types !== undefined && types.length > 0 && types.every((type) => type === 'task');
}

const notAsked: VectorAnswer = { hits: [], asked: false, error: null };
