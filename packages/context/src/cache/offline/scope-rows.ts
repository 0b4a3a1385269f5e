import type { NetworkedCache } from '../../graph/networked-cache.ts';
import { graphBuckets, graphRows } from './graph-rows.ts';
import { bucketOf, rowKey } from './row-keys.ts';
import { checksum } from './row-store.ts';
import { noVectors, readVectors, type ScopeVectors, writeVectors } from './vector-rows.ts';
import { type TextTable, type WordStatistics, wordRows } from './word-rows.ts';

/** What is known of a scope without reading its rows. */
export interface ScopeInfo {
  readonly sequence: number;
  /** Rows of the graph, and of the vectors. */
  readonly buckets: number;
  readonly words: WordStatistics;
  /** Checksums of the scope's rows by key: what did not change is not written again. */
  readonly sums: Readonly<Record<string, string>>;
}

export const infoKey = (scope: string) => rowKey('scope', scope);
export const graphKey = (scope: string, bucket: number) => rowKey('graph', scope, String(bucket));
export const wordKey = (scope: string, bucket: number) => rowKey('words', scope, String(bucket));
export const textsKey = (scope: string) => rowKey('texts', scope);
export const vectorKey = (scope: string, bucket: number) =>
  rowKey('vectors', scope, String(bucket));

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
  const { texts, postings } = cache.keywords().contents();
  const words = wordRows(postings);
  words.forEach((row, bucket) => {
    rows.set(wordKey(scope, bucket), row);
  });
  const table: TextTable = {
    ids: texts.map(({ id }) => id),
    lengths: texts.map(({ length }) => length),
    types: texts.map(({ id }) => cache.peek(id)?.type ?? 'concept'),
  };
  rows.set(textsKey(scope), JSON.stringify(table));
  const buckets = graphBuckets(exported.nodes.length);
  vectorRows(vectors, buckets).forEach((row, bucket) => {
    rows.set(vectorKey(scope, bucket), row);
  });
  for (const { id, metadata } of exported.nodes) {
    const { failureSignature, outcome } = metadata;
    if (typeof failureSignature === 'string' && failureSignature !== '' && outcome === 'passed')
      rows.set(rowKey('fix', failureSignature, scope, id), '');
  }
  const info: ScopeInfo = {
    sequence: exported.sequence,
    buckets,
    words: {
      texts: table.ids.length,
      totalLength: table.lengths.reduce((sum, length) => sum + length, 0),
      buckets: words.length,
    },
    sums: Object.fromEntries([...rows].map(([key, value]) => [key, checksum(value)])),
  };
  return { info, rows };
}

/** Splits vectors over the rows of their nodes. */
function vectorRows(vectors: ScopeVectors, buckets: number): readonly string[] {
  if (vectors.ids.length === 0) return [];
  const dimension = vectors.values.length / vectors.ids.length;
  const members = Array.from({ length: buckets }, () => [] as number[]);
  vectors.ids.forEach((id, index) => {
    members[bucketOf(id, buckets)]?.push(index);
  });
  return members.map((indices) => {
    const values = new Float32Array(indices.length * dimension);
    indices.forEach((index, at) => {
      const start = index * dimension;
      values.set(vectors.values.subarray(start, start + dimension), at * dimension);
    });
    return writeVectors({
      ids: indices.map((index) => vectors.ids[index] ?? ''),
      hashes: indices.map((index) => vectors.hashes[index] ?? ''),
      values,
    });
  });
}

/** All vectors of a scope out of its rows. */
export function joinVectors(rows: readonly string[]): ScopeVectors {
  const parts = rows.map(readVectors);
  if (parts.length === 0) return noVectors;
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.values.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    at += part.values.length;
  }
  return {
    ids: parts.flatMap(({ ids }) => ids),
    hashes: parts.flatMap(({ hashes }) => hashes),
    values,
  };
}
