import type { EmbeddingModel } from '@org/models';
import { byScore, type Found } from './found-nodes.ts';
import { OfflineCacheClosedError } from './offline-errors.ts';
import type { RowStore } from './row-store.ts';
import type { ScopeStore } from './scope-store.ts';
import { embedMissing } from './scope-vectors.ts';
import type { SearchOptions } from './search-answer.ts';
import { readTexts } from './text-table.ts';
import { similarities } from './vector-rows.ts';

/** What is near in meaning; `asked` says whether the model took part, `error` why it did not. */
export interface VectorAnswer {
  readonly hits: readonly Found[];
  readonly asked: boolean;
  readonly error: Error | null;
}

export interface VectorSearchOptions {
  readonly store: ScopeStore;
  readonly embeddings: EmbeddingModel;
  readonly minSimilarity: number;
  readonly scopes: readonly string[];
  readonly types: SearchOptions['types'];
  readonly limit: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Finds nodes by meaning, best first. The query is embedded first: from then on the model's dimension is
 * known, and vectors of another one are made anew.
 */
export async function searchVectors(
  query: string,
  options: VectorSearchOptions,
): Promise<VectorAnswer> {
  const { store, embeddings, scopes, signal } = options;
  try {
    const [vector] = await embeddings.embed([query], { signal });
    if (vector === undefined) return { hits: [], asked: false, error: null };
    await embedMissing(scopes, { store, embeddings, signal });
    const near = await store.read<readonly Found[]>([], async (rows) => {
      const found = await Promise.all(
        scopes.map((scope) => searchScope(rows, scope, { ...options, vector })),
      );
      return found.flat();
    });
    return { hits: near.toSorted(byScore).slice(0, options.limit), asked: true, error: null };
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof OfflineCacheClosedError) throw cause;
    const error = cause instanceof Error ? cause : new Error(String(cause));
    return { hits: [], asked: false, error };
  }
}

async function searchScope(
  rows: RowStore,
  scope: string,
  options: VectorSearchOptions & { readonly vector: Float32Array },
): Promise<readonly Found[]> {
  const { store, embeddings, types, minSimilarity } = options;
  const vectors = await store.vectors(rows, scope, embeddings);
  const hits: Found[] = [];
  similarities(vectors, options.vector).forEach((score, i) => {
    const id = vectors.ids[i];
    if (id !== undefined && score >= minSimilarity) hits.push({ scope, id, score });
  });
  if (types === undefined || hits.length === 0) return hits;
  const table = await readTexts(rows, scope);
  const typeOf = new Map(table.ids.map((id, i) => [id, table.types[i]]));
  return hits.filter(({ id }) => {
    const type = typeOf.get(id);
    return type !== undefined && types.includes(type);
  });
}
