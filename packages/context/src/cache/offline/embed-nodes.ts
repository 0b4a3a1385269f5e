import type { EmbeddingModel } from '@org/models';
import type { NetworkedCache } from '../../graph/networked-cache.ts';
import { searchText } from '../../graph/node-text.ts';
import { checksum } from './row-store.ts';
import type { ScopeVectors } from './vector-rows.ts';

/** Texts that one request embeds. */
const perRequest = 64;

/**
 * The vectors of a cache's nodes: kept where the text is the same, made where it is new. When the model
 * fails, those that there are, and its error.
 */
export async function embedNodes(
  cache: NetworkedCache,
  former: ScopeVectors,
  options: { readonly embeddings: EmbeddingModel; readonly signal: AbortSignal | undefined },
): Promise<{ readonly vectors: ScopeVectors; readonly error: Error | null }> {
  const present = formerVectors(former);
  const found = new Map<string, { readonly hash: string; readonly vector: Float32Array }>();
  const wanted: { readonly id: string; readonly hash: string; readonly text: string }[] = [];
  for (const { id } of cache.nodes()) {
    const node = cache.peek(id);
    const text = node === undefined ? '' : searchText(node);
    const hash = checksum(text);
    const known = present.get(id);
    if (known?.hash === hash) found.set(id, known);
    else wanted.push({ id, hash, text });
  }
  let error: Error | null = null;
  for (let start = 0; start < wanted.length && error === null; start += perRequest) {
    const part = wanted.slice(start, start + perRequest);
    try {
      const vectors = await options.embeddings.embed(
        part.map(({ text }) => text),
        { signal: options.signal },
      );
      part.forEach(({ id, hash }, i) => {
        const vector = vectors[i];
        if (vector !== undefined) found.set(id, { hash, vector });
      });
    } catch (cause) {
      options.signal?.throwIfAborted();
      error = cause instanceof Error ? cause : new Error(String(cause));
    }
  }
  return { vectors: joined(found), error };
}

function formerVectors({
  ids,
  hashes,
  values,
}: ScopeVectors): ReadonlyMap<string, { readonly hash: string; readonly vector: Float32Array }> {
  const dimension = values.length / Math.max(1, ids.length);
  return new Map(
    ids.map((id, i) => [
      id,
      { hash: hashes[i] ?? '', vector: values.subarray(i * dimension, (i + 1) * dimension) },
    ]),
  );
}

function joined(
  found: ReadonlyMap<string, { readonly hash: string; readonly vector: Float32Array }>,
): ScopeVectors {
  const ids = [...found.keys()].sort();
  const dimension = found.get(ids[0] ?? '')?.vector.length ?? 0;
  const values = new Float32Array(ids.length * dimension);
  ids.forEach((id, i) => {
    const vector = found.get(id)?.vector;
    if (vector?.length === dimension) values.set(vector, i * dimension);
  });
  return { ids, hashes: ids.map((id) => found.get(id)?.hash ?? ''), values };
}
