import type { NetworkedCache } from '../../../graph/networked-cache.ts';
import { fixKeys } from '../rows/fix-rows.ts';
import { graphBuckets, graphRows } from '../rows/graph-rows.ts';
import { graphKey, textsKey, vectorKey, wordKey } from '../rows/scope-keys.ts';
import { taskVectorRows } from '../rows/task-vector-rows.ts';
import { taskWordRows } from '../rows/task-word-rows.ts';
import type { TextTable } from '../rows/text-table.ts';
import { type ScopeVectors, vectorRows } from '../rows/vector-rows.ts';
import { wordRows } from '../rows/word-rows.ts';
import { rowChecksum } from '../storage/row-store.ts';
import type { ScopeInfo } from './scope-info.ts';

/** Everything that is stored of a scope, by row key, and what is known of it without reading them. */
export function scopeRows(
  scope: string,
  cache: NetworkedCache,
  vectors: ScopeVectors,
): { readonly info: ScopeInfo; readonly rows: ReadonlyMap<string, string> } {
  const exported = cache.export();
  const rows = new Map<string, string>();
  graphRows(exported).forEach((row, bucket) => {
    rows.set(graphKey(scope, bucket), row);
  });
  const contents = cache.keywords().contents();
  const { ids, lengths } = contents;
  const words = wordRows(contents);
  words.forEach((row, bucket) => {
    rows.set(wordKey(scope, bucket), row);
  });
  const types = ids.map((id) => cache.peek(id)?.type ?? 'concept');
  const table: TextTable = { ids, lengths, types };
  rows.set(textsKey(scope), JSON.stringify(table));
  const buckets = graphBuckets(exported.nodes.length);
  vectorRows(vectors, buckets).forEach((row, bucket) => {
    rows.set(vectorKey(scope, bucket), row);
  });
  const tasks = taskWordRows(scope, contents, types);
  const { sequence } = exported;
  for (const row of [...tasks.rows, ...taskVectorRows({ scope, sequence }, vectors, table)])
    rows.set(...row);
  for (const key of fixKeys(scope, exported.nodes)) rows.set(key, '');
  const { model, dimension } = vectors;
  const info: ScopeInfo = {
    sequence,
    buckets,
    words: {
      texts: ids.length,
      totalLength: lengths.reduce((sum, length) => sum + length, 0),
      buckets: words.length,
    },
    tasks: tasks.totals,
    embedding: vectors.ids.length === 0 ? null : { model, dimension },
    sums: Object.fromEntries([...rows].map(([key, value]) => [key, rowChecksum(key, value)])),
  };
  return { info, rows };
}
