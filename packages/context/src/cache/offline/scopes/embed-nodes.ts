import type { EmbeddingModel } from '@org/models';
import type { NetworkedCache } from '../../../graph/networked-cache.ts';
import { searchText } from '../../../graph/nodes/node-text.ts';
import type { ScopeVectors } from '../rows/vector-rows.ts';
import { checksum } from '../storage/row-store.ts';

/** Texts that one request embeds. */
const perRequest = 64;

interface NodeText {
  readonly id: string;
  readonly hash: string;
  readonly text: string;
}

interface NodeVector {
  readonly hash: string;
  readonly vector: Float32Array;
}

/**
 * The vectors of a cache's nodes: kept where the text is the same, made where it is new; all anew when the
 * model now gives vectors of another length. When the model fails, those that there are, and its error.
 */
export async function embedNodes(
  cache: NetworkedCache,
  former: ScopeVectors,
  options: { readonly embeddings: EmbeddingModel; readonly signal: AbortSignal | undefined },
): Promise<{ readonly vectors: ScopeVectors; readonly error: Error | null }> {
  const { embeddings, signal } = options;
  const texts = textsOf(cache);
  const found = stillTrue(texts, former);
  let { dimension } = former;
  let error: Error | null = null;
  let wanted = texts.filter(({ id }) => !found.has(id));
  while (wanted.length > 0 && error === null) {
    const part = wanted.slice(0, perRequest);
    wanted = wanted.slice(perRequest);
    try {
      const vectors = await embeddings.embed(
        part.map(({ text }) => text),
        { signal },
      );
      const length = vectors[0]?.length ?? 0;
      if (length !== dimension && found.size > 0) {
        found.clear();
        const made = new Set(part);
        wanted = texts.filter((text) => !made.has(text));
      }
      dimension = length;
      part.forEach(({ id, hash }, i) => {
        const vector = vectors[i];
        if (vector?.length === dimension) found.set(id, { hash, vector });
      });
    } catch (cause) {
      signal?.throwIfAborted();
      error = cause instanceof Error ? cause : new Error(String(cause));
    }
  }
  return { vectors: joined(found, { model: embeddings.id, dimension }), error };
}

function textsOf(cache: NetworkedCache): readonly NodeText[] {
  const texts: NodeText[] = [];
  for (const { id } of cache.nodes()) {
    const node = cache.peek(id);
    const text = node === undefined ? '' : searchText(node);
    texts.push({ id, hash: checksum(text), text });
  }
  return texts;
}

/** The former vectors of the texts that are the same. */
function stillTrue(texts: readonly NodeText[], former: ScopeVectors): Map<string, NodeVector> {
  const { ids, hashes, values, dimension } = former;
  const numberOf = new Map(ids.map((id, i) => [id, i]));
  const kept = new Map<string, NodeVector>();
  for (const { id, hash } of texts) {
    const i = numberOf.get(id);
    if (i !== undefined && hashes[i] === hash)
      kept.set(id, { hash, vector: values.subarray(i * dimension, (i + 1) * dimension) });
  }
  return kept;
}

function joined(
  found: ReadonlyMap<string, NodeVector>,
  { model, dimension }: Pick<ScopeVectors, 'model' | 'dimension'>,
): ScopeVectors {
  const ids = [...found.keys()].sort();
  const values = new Float32Array(ids.length * dimension);
  const hashes = ids.map((id, i) => {
    const one = found.get(id);
    if (one !== undefined) values.set(one.vector, i * dimension);
    return one?.hash ?? '';
  });
  return { model, dimension, ids, hashes, values };
}
