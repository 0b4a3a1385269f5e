import type { EmbeddingModel } from '@org/models';
import { newestTaskVectors } from '../rows/task-vector-rows.ts';
import type { Found } from './found-nodes.ts';
import { similarities } from './similarities.ts';
import type { VectorPlaces } from './vector-search.ts';

/** Tasks that are compared by meaning, the newest: about 15 ms, and some MB while it lasts. */
const compared = 1_000;
/** Missing vectors are made of the newest so many, a few at each search. */
const madeUp = { among: 100, atOnce: 32 };

/** The newest tasks of all scopes as a place to look for what is near in meaning. */
export function tasksByMeaning({
  embeddings,
  minSimilarity,
}: {
  readonly embeddings: EmbeddingModel;
  readonly minSimilarity: number;
}): VectorPlaces {
  return {
    async lacking(rows, { length }) {
      const tasks = await newestTaskVectors(rows, madeUp.among);
      return tasks
        .filter((task) => !task.whole || task.model !== embeddings.id || task.dimension !== length)
        .map(({ scope }) => scope)
        .slice(0, madeUp.atOnce);
    },
    async near(rows, query) {
      const hits: Found[] = [];
      for (const task of await newestTaskVectors(rows, compared)) {
        if (task.model !== embeddings.id) continue;
        similarities(task, query).forEach((score, i) => {
          const id = task.ids[i];
          if (id !== undefined && score >= minSimilarity)
            hits.push({ scope: task.scope, id, score });
        });
      }
      return hits;
    },
  };
}
