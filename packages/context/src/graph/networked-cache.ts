import { estimatingCounter, type TokenCounter } from '@org/models';
import { InvalidContextRequestError } from '../errors/request-errors.ts';
import { type CacheExport, canonicalExport, parseExport } from './nodes/cache-export.ts';
import type {
  CacheEdge,
  CacheNode,
  EdgeKind,
  NewCacheNode,
  StoredNode,
} from './nodes/cache-node.ts';
import { contentOf } from './nodes/content-ref.ts';
import { findCycles } from './nodes/cycles.ts';
import { edgeKinds } from './nodes/edge-kinds.ts';
import { NodeGraph } from './nodes/node-graph.ts';
import { GraphRanking, type RankedNode } from './ranking/graph-ranking.ts';
import { NodeCosts } from './retrieval/node-costs.ts';
import type {
  RelatedContext,
  RelatedContextOptions,
  RetrieveOptions,
} from './retrieval/related-context.ts';
import {
  contextAround,
  type RetrievalParts,
  retrieveContext,
} from './retrieval/retrieve-context.ts';
import type { KeywordHit, KeywordIndex } from './words/keyword-index.ts';
import { NodeKeywords } from './words/node-keywords.ts';

export interface NetworkedCacheOptions {
  /** Counts what is rendered. @default an estimate on the safe side for any model */
  readonly counter?: TokenCounter;
}

/**
 * What is known of one or more tasks, as a directed graph of summaries with typed edges.
 *
 * Everything is derived: the same calls in any order give the same export. Nothing in here asks a model.
 */
export class NetworkedCache {
  readonly #graph = new NodeGraph();
  readonly #contents = new Map<string, string>();
  readonly #ranking = new GraphRanking(this.#graph);
  readonly #keywords = new NodeKeywords(this.#graph);
  readonly #parts: RetrievalParts;
  #sequence = 0;

  constructor(options: NetworkedCacheOptions = {}) {
    const counter = options.counter ?? estimatingCounter('other');
    this.#parts = {
      graph: this.#graph,
      ranking: this.#ranking,
      keywords: this.#keywords,
      costs: new NodeCosts(counter),
      counter,
      bodyOf: (id) => this.body(id),
    };
  }

  /**
   * A cache from what `export` gave, as an object or as its JSON text.
   *
   * @throws InvalidExportError
   */
  static import(value: unknown, options: NetworkedCacheOptions = {}): NetworkedCache {
    return NetworkedCache.fromTrusted(parseExport(value), options);
  }

  /** As `import`, for what is known to be an export: it is not checked again. */
  static fromTrusted(parsed: CacheExport, options: NetworkedCacheOptions = {}): NetworkedCache {
    const cache = new NetworkedCache(options);
    for (const node of parsed.nodes) cache.#set(node);
    for (const { source, target, kind } of parsed.edges) cache.addEdge(source, target, kind);
    for (const [ref, text] of Object.entries(parsed.contents)) cache.setContent(ref, text);
    cache.#sequence = parsed.sequence;
    return cache;
  }

  /** Grows with every change. */
  get version(): number {
    return this.#graph.version;
  }

  /** Nodes that are there, placeholders for those that are not, and ordered pairs of tied nodes. */
  get size(): { readonly nodes: number; readonly edges: number; readonly placeholders: number } {
    return this.#graph.size;
  }

  /** The last sequence of the log that was folded in; 0: none. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Says up to where the log is folded in. Never goes back. */
  advanceTo(sequence: number): void {
    this.#sequence = Math.max(this.#sequence, sequence);
  }

  /**
   * Adds a node or replaces the one of this id. Given `dependencies` or `references` replace its edges of
   * that kind; targets that are not there yet become placeholders. What is left out gets a default, or
   * stays as it was.
   *
   * @throws InvalidContextRequestError for an empty id
   */
  addNode(node: NewCacheNode): void {
    const { dependencies, references, ...own } = node;
    for (const id of [node.id, ...(dependencies ?? []), ...(references ?? [])]) assertId(id);
    this.#set({ ...defaultsOf(node), ...this.#graph.node(node.id), ...own });
    if (dependencies !== undefined) this.setEdges(node.id, 'depends_on', dependencies);
    if (references !== undefined) this.setEdges(node.id, 'references', references);
  }

  /** Adds one edge. An end that is not there becomes a placeholder. */
  addEdge(source: string, target: string, kind: EdgeKind): void {
    assertId(source);
    assertId(target);
    this.#graph.connect(source, target, kind);
  }

  /** Makes the outgoing edges of one kind exactly these. */
  setEdges(source: string, kind: EdgeKind, targets: readonly string[]): void {
    const wanted = new Set(targets);
    for (const present of this.#graph.targets(source, kind))
      if (!wanted.has(present)) this.#graph.disconnect(source, present, kind);
    for (const target of wanted) this.addEdge(source, target, kind);
  }

  removeEdge(source: string, target: string, kind: EdgeKind): void {
    this.#graph.disconnect(source, target, kind);
  }

  /** Removes a node with its outgoing edges. Where others still point to it, a placeholder stays. */
  removeNode(id: string): void {
    this.#graph.remove(id);
    this.#keywords.note(id);
  }

  /** The node; undefined where there is none, or only a placeholder. */
  getNode(id: string): CacheNode | undefined {
    const node = this.#graph.node(id);
    return node === undefined
      ? undefined
      : {
          ...node,
          dependencies: this.#graph.targets(id, 'depends_on'),
          references: this.#graph.targets(id, 'references'),
        };
  }

  /** The node without what its edges say: cheaper than `getNode`. */
  peek(id: string): StoredNode | undefined {
    return this.#graph.node(id);
  }

  /** Only referenced yet: an edge names it, no node has come. */
  isPlaceholder(id: string): boolean {
    return this.#graph.has(id) && this.#graph.node(id) === undefined;
  }

  /** All nodes in the order of their arrival. */
  *nodes(): IterableIterator<CacheNode> {
    for (const { id } of this.#graph.nodes()) {
      const node = this.getNode(id);
      if (node !== undefined) yield node;
    }
  }

  /** All edges, one for each kind between two nodes. */
  edges(): IterableIterator<CacheEdge> {
    return this.#graph.edges();
  }

  /** Ids that an edge leads to from here, sorted. */
  targets(id: string, kind?: EdgeKind): readonly string[] {
    return this.#graph.targets(id, kind);
  }

  /** Ids from which an edge leads here, sorted. */
  sources(id: string, kind?: EdgeKind): readonly string[] {
    return this.#graph.sources(id, kind);
  }

  /** Keeps a whole text that nodes point to by `fullContentRef`, such as a file. */
  setContent(ref: string, text: string): void {
    if (this.#contents.get(ref) === text) return;
    this.#contents.set(ref, text);
    this.#parts.costs.forget();
  }

  deleteContent(ref: string): void {
    if (this.#contents.delete(ref)) this.#parts.costs.forget();
  }

  /** The text behind a ref, cut to its lines (`…#L3-17`); null where it is not kept here. */
  content(ref: string): string | null {
    return contentOf(this.#contents, ref);
  }

  /** A node's whole text; null where it is not kept here. */
  body(id: string): string | null {
    const ref = this.#graph.node(id)?.fullContentRef ?? null;
    return ref === null ? null : this.content(ref);
  }

  /**
   * What is around a node, itself first: nearest before farther, important before less so. Each node once,
   * cycles or not; placeholders are left out.
   *
   * @throws InvalidContextRequestError when `depth` is not 0 to 3 or `maxTokens` is negative
   */
  getRelatedContext(id: string, options: RelatedContextOptions): RelatedContext {
    return contextAround(this.#parts, id, options);
  }

  /**
   * What a step needs to know that starts at `seeds` or asks `query`: everything is ranked by personalised
   * PageRank from there, however many hops away, and shown until the budget ends.
   *
   * @throws InvalidContextRequestError when `maxTokens` or a weight is negative, or `bodyShare` not 0 to 1
   */
  retrieve(options: RetrieveOptions): RelatedContext {
    return retrieveContext(this.#parts, options);
  }

  /** Nodes by their words, best first (BM25 over name, signature and summary). */
  search(query: string, options: { readonly limit: number }): readonly KeywordHit[] {
    return this.#keywords.index.search(query, options);
  }

  /** The keyword index over all nodes, brought up to date. */
  keywords(): KeywordIndex {
    return this.#keywords.index;
  }

  /**
   * The most important nodes, best first, by PageRank: as seen from `seeds`, or in all. The scores of all
   * nodes, placeholders too, sum to 1.
   */
  rank(
    options: { readonly seeds?: readonly string[]; readonly limit?: number } = {},
  ): readonly RankedNode[] {
    const { seeds = [], limit = 10 } = options;
    return this.#ranking.top({ seeds, limit });
  }

  /** One cycle for each group of nodes that reach each other, as a path back to its first id; sorted. */
  findCycles(
    options: { readonly kinds?: readonly EdgeKind[] } = {},
  ): readonly (readonly string[])[] {
    const kinds = options.kinds ?? edgeKinds;
    return findCycles(this.#graph.ids().sort(), (id) => [
      ...new Set(kinds.flatMap((kind) => this.#graph.targets(id, kind))),
    ]);
  }

  /** The whole cache as plain JSON; the same cache gives the same bytes. */
  export(): CacheExport {
    return canonicalExport({
      sequence: this.#sequence,
      ...this.#graph.columns(),
      nodeOf: (id) => this.#graph.node(id),
      contents: this.#contents,
    });
  }

  #set(node: StoredNode): void {
    this.#graph.set(node);
    this.#keywords.note(node.id);
  }
}

function defaultsOf({ id, type }: NewCacheNode): StoredNode {
  return {
    id,
    type,
    name: id.slice(id.indexOf(':') + 1),
    summary: '',
    signature: null,
    fullContentRef: null,
    vectorClock: {},
    eventIds: [],
    sequence: 0,
    metadata: {},
  };
}

function assertId(id: string): void {
  if (id === '') throw new InvalidContextRequestError('A node needs an id.');
}
