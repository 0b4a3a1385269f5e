import { z } from 'zod';
import { InvalidExportError } from '../errors.ts';
import type { CacheEdge, StoredNode } from './cache-node.ts';
import { edgeKinds } from './edge-kinds.ts';

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
  readonly nodes: Iterable<StoredNode>;
  readonly edges: Iterable<CacheEdge>;
  readonly contents: Iterable<readonly [string, string]>;
}): CacheExport {
  return {
    format: 1,
    sequence: parts.sequence,
    nodes: [...parts.nodes].sort((a, b) => compare(a.id, b.id)).map(canonicalNode),
    edges: [...parts.edges].sort(
      (a, b) =>
        compare(a.source, b.source) || compare(a.target, b.target) || compare(a.kind, b.kind),
    ),
    contents: sortedRecord(parts.contents),
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
    vectorClock: sortedRecord(Object.entries(node.vectorClock)),
    eventIds: node.eventIds,
    sequence: node.sequence,
    metadata: sortedRecord(Object.entries(node.metadata)),
  };
}

function sortedRecord<Value>(entries: Iterable<readonly [string, Value]>): Record<string, Value> {
  return Object.fromEntries([...entries].sort(([a], [b]) => compare(a, b)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
