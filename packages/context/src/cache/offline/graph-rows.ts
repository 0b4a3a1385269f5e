import type { CacheExport } from '../../graph/cache-export.ts';
import type { CacheEdge, CacheNode, StoredNode } from '../../graph/cache-node.ts';
import { NetworkedCache, type NetworkedCacheOptions } from '../../graph/networked-cache.ts';
import { bucketOf, bucketsFor } from './row-keys.ts';

/** Nodes and edges that one row holds; edges go with their source. */
const perRow = 128;

export interface GraphRow {
  readonly nodes: readonly StoredNode[];
  readonly edges: readonly CacheEdge[];
  readonly contents: Readonly<Record<string, string>>;
}

/** A cache in rows: each node, edge and text in the row that its id falls into. */
export function graphRows(exported: CacheExport): readonly string[] {
  const count = graphBuckets(exported.nodes.length);
  const rows = Array.from({ length: count }, () => ({
    nodes: [] as StoredNode[],
    edges: [] as CacheEdge[],
    contents: {} as Record<string, string>,
  }));
  for (const node of exported.nodes) rows[bucketOf(node.id, count)]?.nodes.push(node);
  for (const edge of exported.edges) rows[bucketOf(edge.source, count)]?.edges.push(edge);
  for (const [ref, text] of Object.entries(exported.contents)) {
    const row = rows[bucketOf(ref, count)];
    if (row !== undefined) row.contents[ref] = text;
  }
  return rows.map((row) => JSON.stringify(row));
}

export function graphBuckets(nodes: number): number {
  return bucketsFor(nodes, perRow);
}

export function parseGraphRow(text: string): GraphRow {
  // Written by `graphRows`; the row's checksum has been checked.
  return JSON.parse(text) as GraphRow;
}

/** The cache that rows hold. */
export function cacheFromRows(
  rows: readonly string[],
  options: NetworkedCacheOptions & { readonly sequence: number },
): NetworkedCache {
  const parsed = rows.map(parseGraphRow);
  return NetworkedCache.fromTrusted(
    {
      format: 1,
      sequence: options.sequence,
      nodes: parsed.flatMap(({ nodes }) => nodes),
      edges: parsed.flatMap(({ edges }) => edges),
      contents: Object.assign({}, ...parsed.map(({ contents }) => contents)),
    },
    options,
  );
}

/** One node out of its row, with its ties. */
export function nodeFromRow(row: GraphRow, id: string): CacheNode | undefined {
  const node = row.nodes.find((candidate) => candidate.id === id);
  if (node === undefined) return undefined;
  const targets = (kind: CacheEdge['kind']) =>
    row.edges
      .filter((edge) => edge.source === id && edge.kind === kind)
      .map(({ target }) => target);
  return { ...node, dependencies: targets('depends_on'), references: targets('references') };
}
