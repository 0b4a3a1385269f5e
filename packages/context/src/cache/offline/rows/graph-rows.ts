import { NetworkedCache, type NetworkedCacheOptions } from '../../../graph/networked-cache.ts';
import type { CacheExport } from '../../../graph/nodes/cache-export.ts';
import type {
  CacheEdge,
  CacheNode,
  EdgeKind,
  StoredNode,
} from '../../../graph/nodes/cache-node.ts';
import { edgeKinds } from '../../../graph/nodes/edge-kinds.ts';
import { bucketOf, bucketsFor } from '../storage/row-keys.ts';

/** Nodes and edges that one row holds; edges go with their source. */
const perRow = 128;

/** The edges of each kind: source, target, source, target … */
type RowEdges = Partial<Record<EdgeKind, string[]>>;

export interface GraphRow {
  readonly nodes: readonly StoredNode[];
  readonly edges: Readonly<RowEdges>;
  readonly contents: Readonly<Record<string, string>>;
}

/** A cache in rows: each node, edge and text in the row that its id falls into. */
export function graphRows(exported: CacheExport): readonly string[] {
  const count = graphBuckets(exported.nodes.length);
  const rows = Array.from({ length: count }, () => ({
    nodes: [] as StoredNode[],
    edges: {} as RowEdges,
    contents: {} as Record<string, string>,
  }));
  for (const node of exported.nodes) rows[bucketOf(node.id, count)]?.nodes.push(node);
  for (const { source, target, kind } of exported.edges) {
    const edges = rows[bucketOf(source, count)]?.edges;
    if (edges === undefined) continue;
    const pairs = edges[kind];
    if (pairs === undefined) edges[kind] = [source, target];
    else pairs.push(source, target);
  }
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
      edges: parsed.flatMap(({ edges }) => edgesOf(edges)),
      contents: Object.assign({}, ...parsed.map(({ contents }) => contents)),
    },
    options,
  );
}

/** One node out of its row, with its ties. */
export function nodeFromRow(row: GraphRow, id: string): CacheNode | undefined {
  const node = row.nodes.find((candidate) => candidate.id === id);
  if (node === undefined) return undefined;
  const targets = (kind: EdgeKind) =>
    edgesOf(row.edges, [kind]).flatMap(({ source, target }) => (source === id ? [target] : []));
  return { ...node, dependencies: targets('depends_on'), references: targets('references') };
}

function edgesOf(row: Readonly<RowEdges>, kinds: readonly EdgeKind[] = edgeKinds): CacheEdge[] {
  const edges: CacheEdge[] = [];
  for (const kind of kinds) {
    const pairs = row[kind] ?? [];
    for (let i = 0; i < pairs.length; i += 2)
      edges.push({ source: pairs[i] ?? '', target: pairs[i + 1] ?? '', kind });
  }
  return edges;
}
