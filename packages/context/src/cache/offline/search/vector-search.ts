import type { EmbeddingModel } from '@org/models';
import { OfflineCacheClosedError } from '../../../errors/offline-cache-errors.ts';
import { readTexts } from '../rows/text-table.ts';
import type { ScopeStore } from '../scopes/scope-store.ts';
import { embedMissing } from '../scopes/scope-vectors.ts';
import type { RowStore } from '../storage/row-store.ts';
import { byScore, type Found } from './found-nodes.ts';
import type { SearchOptions } from './search-answer.ts';
import { similarities } from './similarities.ts';

/** What is near in meaning; `asked` says whether the model took part, `error` why it did not. */
export interface VectorAnswer {
  readonly hits: readonly Found[];
  readonly asked: boolean;
  readonly error: Error | null;
}

/** Where vectors are looked for; both are called in a turn. */
export interface VectorPlaces {
  /** Scopes whose vectors are to be made first: they are missing, of another model or of another length. */
  lacking(rows: RowStore, query: Float32Array): Promise<readonly string[]>;
  /** What is near enough, in any order. */
  near(rows: RowStore, query: Float32Array): Promise<readonly Found[]>;
}

/**
 * Finds nodes by meaning, best first. The query is embedded first: from then on the model's dimension is
 * known, and vectors of another one are made anew.
 */
export async function searchVectors(
  query: string,
  options: {
    readonly store: ScopeStore;
    readonly embeddings: EmbeddingModel;
    readonly places: VectorPlaces;
    readonly limit: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<VectorAnswer> {
  const { store, embeddings, places, signal } = options;
  try {
    const [vector] = await embeddings.embed([query], { signal });
    if (vector === undefined) return { hits: [], asked: false, error: null };
    const lacking = await store.read([], (rows) => places.lacking(rows, vector));
    await embedMissing(lacking, { store, embeddings, signal });
    const near = await store.read([], (rows) => places.near(rows, vector));
    return { hits: near.toSorted(byScore).slice(0, options.limit), asked: true, error: null };
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof OfflineCacheClosedError) throw cause;
    const error = cause instanceof Error ? cause : new Error(String(cause));
    return { hits: [], asked: false, error };
  }
}

/** One scope, or all of them, as a place to look for what is near in meaning: every node of each. */
export function nodesByMeaning(options: {
  readonly store: ScopeStore;
  readonly embeddings: EmbeddingModel;
  readonly minSimilarity: number;
  readonly scope: string | undefined;
  readonly types: SearchOptions['types'];
}): VectorPlaces {
  const scopes = async (rows: RowStore) => {
    const infos = await options.store.infos(rows, options.scope);
    return infos.map(([scope]) => scope);
  };
  return {
    lacking: scopes,
    async near(rows, query) {
      const found: Found[] = [];
      for (const scope of await scopes(rows))
        found.push(...(await searchScope(rows, scope, { ...options, query })));
      return found;
    },
  };
}

async function searchScope(
  rows: RowStore,
  scope: string,
  options: Parameters<typeof nodesByMeaning>[0] & { readonly query: Float32Array },
): Promise<readonly Found[]> {
  const { store, embeddings, types, minSimilarity, query } = options;
  const vectors = await store.vectors(rows, scope, embeddings);
  const hits: Found[] = [];
  similarities(vectors, query).forEach((score, i) => {
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
