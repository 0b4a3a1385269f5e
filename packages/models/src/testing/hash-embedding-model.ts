import type { EmbeddingModel } from '../embedding-model.ts';
import { hashEmbedding } from './hash-embedding.ts';

/** An embedding model for tests: hashed words instead of meaning, the same everywhere. */
export function hashEmbeddingModel(
  options: {
    /** @default 'hash-embedding' */
    readonly id?: string | undefined;
    /** @default 256 */
    readonly dimension?: number | undefined;
  } = {},
): EmbeddingModel {
  const { id = 'hash-embedding', dimension = 256 } = options;
  return {
    id,
    dimension,
    async embed(texts, { signal } = {}) {
      signal?.throwIfAborted();
      return texts.map((text) => hashEmbedding(text, dimension));
    },
  };
}
