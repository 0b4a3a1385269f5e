import type { JsonValue, VectorClock } from '@org/events';

/** What a node stands for. Types, classes, corrections, bug reports and guidance are concepts (`metadata.kind`). */
export type NodeType = 'task' | 'module' | 'function' | 'test' | 'library' | 'concept';

/** How one node is tied to another, read from source to target. */
export type EdgeKind = 'contains' | 'depends_on' | 'tested_by' | 'references';

/** One thing worth remembering: a few hundred tokens that stand for what the log says of it. */
export interface CacheNode {
  /** `task:task-abc123`, `module:validators.py`, `func:validate_email` … Unique within its cache. */
  readonly id: string;
  readonly type: NodeType;
  /** What a reference shows: `validate_email`. */
  readonly name: string;
  /** What it is for and how it stands, in at most 500 tokens. */
  readonly summary: string;
  /** One line that says how it is used; null where that means nothing. */
  readonly signature: string | null;
  /** Where the whole text stands: `storage://task-abc123/validators.py#L3-17`. */
  readonly fullContentRef: string | null;
  /** Ids of what it needs; each becomes a `depends_on` edge. */
  readonly dependencies: readonly string[];
  /** Ids of what it speaks of; each becomes a `references` edge. */
  readonly references: readonly string[];
  /** The causal position of the newest event in it; `{}`: unknown. */
  readonly vectorClock: VectorClock;
  /** Ids of the events it was made from, oldest first. */
  readonly eventIds: readonly string[];
  /** Sequence of the newest of them; 0: unknown. */
  readonly sequence: number;
  readonly metadata: Readonly<Record<string, JsonValue>>;
}

/** A node without what its edges say. */
export type StoredNode = Omit<CacheNode, 'dependencies' | 'references'>;

/** What `addNode` takes: the id and the type; everything else has a default. */
export type NewCacheNode = Pick<CacheNode, 'id' | 'type'> & Partial<CacheNode>;

/** One typed, directed tie. */
export interface CacheEdge {
  readonly source: string;
  readonly target: string;
  readonly kind: EdgeKind;
}

/**
 * How much of a node is shown, from least to most: its name, how it is used, what it is for, the lines of its
 * text that name what is asked about, its code without comments, its whole text.
 */
export type DetailLevel = 'reference' | 'signature' | 'summary' | 'excerpt' | 'code' | 'body';
