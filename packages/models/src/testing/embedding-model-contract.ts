import assert from 'node:assert/strict';
import type { EmbeddingModel } from '../embedding-model.ts';
import type { ContractCase } from './contract-case.ts';

/** What every EmbeddingModel promises. */
export function embeddingModelContract(
  subject: () => Promise<{
    readonly model: EmbeddingModel;
    readonly close?: (() => Promise<void>) | undefined;
  }>,
): readonly ContractCase[] {
  const promise = (
    name: string,
    check: (model: EmbeddingModel) => Promise<void>,
  ): ContractCase => ({
    name,
    async run() {
      const { model, close } = await subject();
      try {
        await check(model);
      } finally {
        await close?.();
      }
    },
  });
  return [
    promise('gives one unit vector per text, in their order', async (model) => {
      const texts = ['validate an email address', 'sort a list', 'validate an email address'];
      const vectors = await model.embed(texts);
      assert.equal(vectors.length, 3);
      for (const vector of vectors) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-3);
      assert.deepEqual(vectors[0], vectors[2]);
      assert.notDeepEqual(vectors[0], vectors[1]);
    }),
    promise('knows its dimension after the first answer', async (model) => {
      const [vector] = await model.embed(['one']);
      assert.equal(vector?.length, model.dimension);
    }),
    promise('gives nothing for nothing', async (model) => {
      assert.deepEqual(await model.embed([]), []);
    }),
    promise('rejects with the reason of an aborted signal', async (model) => {
      const reason = new Error('not now');
      await assert.rejects(model.embed(['one'], { signal: AbortSignal.abort(reason) }), reason);
    }),
  ];
}
