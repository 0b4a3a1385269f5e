import { z } from 'zod';
import { InvalidExportError } from '../../errors/request-errors.ts';
import type { CacheEdge, StoredNode } from './cache-node.ts';
import { edgeKinds, kindsOf } from './edge-kinds.ts';
import type { EdgeColumns } from './edge-table.ts';

const json = z.json();

const nodeSchema = z.object({
  id: z.string().min(1),
  type: z.enum(['task', 'module', 'function', 'test', 'library', 'concept']),
  name: z.string(),
  summary: z.string(),
  signature: z.string().nullable(),
  fullContentRef: z.string().nullable(),
  vectorClock: z.record(z.string(), z.number()),
  eventIds: z.array(z.string()),
  sequence: z.number(),
  metadata: z.record(z.string(), json),
});

const exportSchema = z.object({
  format: z.literal(1),
  sequence: z.number().int().min(0),
  nodes: z.array(nodeSchema),
  edges: z.array(
    z.object({ source: z.string().min(1), target: z.string().min(1), kind: z.enum(edgeKinds) }),
  ),
  contents: z.record(z.string(), z.string()),
});

/** A whole cache as plain JSON: the same cache always gives the same bytes. */
export interface CacheExport {
  readonly format: 1;
  /** The last sequence that was folded into it; 0: none. */
  readonly sequence: number;
  /** Sorted by id; what a node depends on and refers to stands in `edges`. */
  readonly nodes: readonly StoredNode[];
  /** Sorted by source, target, kind. */
  readonly edges: readonly CacheEdge[];
  /** Whole texts by their ref. */
  readonly contents: Readonly<Record<string, string>>;
}

/** Sorts everything that has no order of its own. */
export function canonicalExport(parts: {
  readonly sequence: number;
  /** Ids by the places that `edges` goes by, placeholders too. */
  readonly ids: readonly string[];
  readonly edges: EdgeColumns;
  /** Undefined for a placeholder. */
  readonly nodeOf: (id: string) => StoredNode | undefined;
  readonly contents: Iterable<readonly [string, string]>;
}): CacheExport {
  const { ids, edges, nodeOf } = parts;
  const sorted = Array.from(ids.keys()).sort((a, b) => compare(ids[a] ?? '', ids[b] ?? ''));
  return {
    format: 1,
    sequence: parts.sequence,
    nodes: sorted.flatMap((place) => {
      const node = nodeOf(ids[place] ?? '');
      return node === undefined ? [] : canonicalNode(node);
    }),
    edges: sortedEdges({ ids, sorted, edges }),
    contents: sortedRecord(Object.fromEntries(parts.contents)),
  };
}

/**
 * Reads an export, as text or as parsed JSON.
 *
 * @throws InvalidExportError when it is not one
 */
export function parseExport(value: unknown): CacheExport {
  try {
    return exportSchema.parse(typeof value === 'string' ? JSON.parse(value) : value);
  } catch (cause) {
    throw new InvalidExportError({ cause });
  }
}

function canonicalNode(node: StoredNode): StoredNode {
  return {
    id: node.id,
    type: node.type,
    name: node.name,
    summary: node.summary,
    signature: node.signature,
    fullContentRef: node.fullContentRef,
    vectorClock: sortedRecord(node.vectorClock),
    eventIds: node.eventIds,
    sequence: node.sequence,
    metadata: sortedRecord(node.metadata),
  };
}

/** By source, target and kind: sorted as numbers, which is several times as fast as by their ids. */
function sortedEdges({
  ids,
  sorted,
  edges,
}: {
  readonly ids: readonly string[];
  /** Their places in the order of the ids. */
  readonly sorted: readonly number[];
  readonly edges: EdgeColumns;
}): readonly CacheEdge[] {
  const rank = new Uint32Array(ids.length);
  sorted.forEach((place, i) => {
    rank[place] = i;
  });
  const keys = Float64Array.from(edges.kinds, (kinds, e) => {
    const [source, target] = [rank[edges.sources[e] ?? 0] ?? 0, rank[edges.targets[e] ?? 0] ?? 0];
    return (source * ids.length + target) * masks + kinds;
  }).sort();
  const found: CacheEdge[] = [];
  for (const key of keys) {
    const pair = Math.floor(key / masks);
    const source = ids[sorted[Math.floor(pair / ids.length)] ?? -1] ?? '';
    const target = ids[sorted[pair % ids.length] ?? -1] ?? '';
    for (const kind of kindsByName[key % masks] ?? []) found.push({ source, target, kind });
  }
  return found;
}

/** How many sets of kinds there are. */
const masks = 1 << edgeKinds.length;
const kindsByName = Array.from({ length: masks }, (_, mask) => kindsOf(mask).toSorted());

/** With its keys in order; itself where they are. */
function sortedRecord<Value>(
  record: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  const keys = Object.keys(record);
  if (keys.every((key, i) => i === 0 || compare(keys[i - 1] ?? '', key) < 0)) return record;
  return Object.fromEntries(keys.sort(compare).map((key) => [key, record[key] as Value]));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
