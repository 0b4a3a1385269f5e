import type { EmbeddingModel } from '@org/models';
import type { NetworkedCache } from '../../../graph/networked-cache.ts';
import { noVectors } from '../rows/vector-rows.ts';
import { embedNodes } from './embed-nodes.ts';
import { sameInfo } from './scope-info.ts';
import type { ScopeContent, ScopeStore } from './scope-store.ts';

/** A graph with its vectors, the stored ones where they still hold. A model that fails leaves some out. */
export async function withVectors(
  { scope, cache }: { readonly scope: string; readonly cache: NetworkedCache },
  options: {
    readonly store: ScopeStore;
    readonly embeddings: EmbeddingModel | undefined;
    readonly signal: AbortSignal | undefined;
  },
): Promise<ScopeContent> {
  const { store, embeddings, signal } = options;
  if (embeddings === undefined) return { scope, cache, vectors: noVectors };
  const former = await store.read(noVectors, (rows) => store.vectors(rows, scope, embeddings));
  const { vectors } = await embedNodes(cache, former, { embeddings, signal });
  return { scope, cache, vectors };
}

/**
 * Makes and stores the vectors that are missing: the model failed when the graph was stored, or was another
 * one. What was made until it failed is stored too. A graph that is replaced meanwhile is left as it then is.
 *
 * @throws what the model failed with
 */
export async function embedMissing(
  scopes: readonly string[],
  options: {
    readonly store: ScopeStore;
    readonly embeddings: EmbeddingModel;
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  const { store, embeddings, signal } = options;
  for (const scope of scopes) {
    const [info, former] = await store.read([undefined, noVectors] as const, async (rows) => [
      await store.info(rows, scope),
      await store.vectors(rows, scope, embeddings),
    ]);
    if (info === undefined) continue;
    if (former.ids.length === info.words.texts) continue;
    const cache = await store.load(scope, {});
    const { vectors, error } = await embedNodes(cache, former, { embeddings, signal });
    if (vectors.ids.length > former.ids.length)
      await store.replace([{ scope, cache, vectors }], {
        signal,
        onlyIf: async (rows) => sameInfo(await store.info(rows, scope), info),
      });
    if (error !== null) throw error;
  }
}
