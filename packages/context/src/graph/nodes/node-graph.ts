import type { DirectedGraph } from 'graphology';
import graphology from 'graphology';
import type { CacheEdge, EdgeKind, StoredNode } from './cache-node.ts';
import { bitOf, kindsOf } from './edge-kinds.ts';
import { type EdgeColumns, EdgeTable } from './edge-table.ts';

interface NodeAttributes {
  readonly id: string;
  /** What graphology knows it by. */
  readonly key: string;
  /** null: a placeholder, only referenced yet. */
  node: StoredNode | null;
  /** Its number in the columns. */
  index: number;
  /** What contains it; many nodes point to a hub, few hold it. */
  holders: Set<string> | null;
}

interface EdgeAttributes {
  /** Where the table of edges has its kinds. */
  place: number;
  readonly source: NodeAttributes;
  readonly target: NodeAttributes;
}

/** The model: a directed graph whose nodes may still be missing and whose edges have kinds. */
export class NodeGraph {
  readonly #graph: DirectedGraph<NodeAttributes, EdgeAttributes> = new graphology.DirectedGraph();
  /** The attributes of every node once more: found in one step. */
  readonly #nodes = new Map<string, NodeAttributes>();
  /** Every edge once more, in columns. */
  readonly #edges = new EdgeTable<EdgeAttributes>();
  /** Ids by the numbers of their nodes; those of nodes that went stay until the columns are asked for. */
  #ids: string[] = [];
  #lastKey = firstKey;
  #version = 0;
  #placeholders = 0;

  /** Grows with every change of structure or content. */
  get version(): number {
    return this.#version;
  }

  get size(): { readonly nodes: number; readonly edges: number; readonly placeholders: number } {
    return {
      nodes: this.#graph.order - this.#placeholders,
      edges: this.#graph.size,
      placeholders: this.#placeholders,
    };
  }

  node(id: string): StoredNode | undefined {
    return this.#nodes.get(id)?.node ?? undefined;
  }

  /** There, be it as a placeholder. */
  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  set(node: StoredNode): void {
    this.#version++;
    const present = this.#nodes.get(node.id);
    if (present === undefined) this.#add(node.id, node);
    else {
      if (present.node === null) this.#placeholders--;
      present.node = node;
    }
  }

  /** Removes a node and its outgoing edges; while others point to it, a placeholder stays. */
  remove(id: string): void {
    const present = this.#nodes.get(id);
    if (present === undefined || present.node === null) return;
    this.#version++;
    present.node = null;
    this.#placeholders++;
    for (const target of this.targets(id)) {
      const to = this.#nodes.get(target);
      if (to === undefined) continue;
      to.holders?.delete(id);
      this.#drop(this.#edge(present, to));
      this.#forgetIfLoose(to);
    }
    this.#forgetIfLoose(present);
  }

  connect(source: string, target: string, kind: EdgeKind): void {
    const [from, to] = [this.#ensure(source), this.#ensure(target)];
    const edge = this.#edge(from, to);
    if (kind === 'contains') {
      to.holders ??= new Set();
      to.holders.add(source);
    }
    if (edge === undefined) this.#tie(from, to, bitOf(kind));
    else {
      const kinds = this.#edges.kindsOf(edge);
      if ((kinds & bitOf(kind)) !== 0) return;
      this.#edges.setKinds(edge, kinds | bitOf(kind));
    }
    this.#version++;
  }

  disconnect(source: string, target: string, kind: EdgeKind): void {
    const [from, to] = [this.#nodes.get(source), this.#nodes.get(target)];
    const edge = from === undefined || to === undefined ? undefined : this.#edge(from, to);
    if (edge === undefined) return;
    const kinds = this.#edges.kindsOf(edge) & ~bitOf(kind);
    this.#version++;
    if (kind === 'contains') edge.target.holders?.delete(source);
    if (kinds !== 0) {
      this.#edges.setKinds(edge, kinds);
      return;
    }
    this.#drop(edge);
    this.#forgetIfLoose(edge.source);
    this.#forgetIfLoose(edge.target);
  }

  /** Ids that `id` points to by an edge of this kind, sorted. */
  targets(id: string, kind?: EdgeKind): string[] {
    const found: string[] = [];
    const node = this.#nodes.get(id);
    if (node === undefined) return found;
    this.#graph.forEachOutEdge(node.key, (_edge, edge) => {
      if (kind === undefined || (this.#edges.kindsOf(edge) & bitOf(kind)) !== 0)
        found.push(edge.target.id);
    });
    return found.sort();
  }

  /** Ids that point to `id` by an edge of this kind, sorted. */
  sources(id: string, kind?: EdgeKind): string[] {
    const found: string[] = [];
    const node = this.#nodes.get(id);
    if (node === undefined) return found;
    this.#graph.forEachInEdge(node.key, (_edge, edge) => {
      if (kind === undefined || (this.#edges.kindsOf(edge) & bitOf(kind)) !== 0)
        found.push(edge.source.id);
    });
    return found.sort();
  }

  /** Ids of what contains `id`, sorted: the same as its sources by `contains`, without looking at the others. */
  holders(id: string): readonly string[] {
    return [...(this.#nodes.get(id)?.holders ?? [])].sort();
  }

  /** Every id, placeholders too, in the order of arrival. */
  ids(): string[] {
    return [...this.#nodes.keys()];
  }

  *nodes(): IterableIterator<StoredNode> {
    for (const { node } of this.#nodes.values()) if (node !== null) yield node;
  }

  *edges(): IterableIterator<CacheEdge> {
    for (const edge of this.#edges)
      for (const kind of kindsOf(this.#edges.kindsOf(edge)))
        yield { source: edge.source.id, target: edge.target.id, kind };
  }

  /** All ids in the order of arrival, and all edges by the places of their ends in it; true until the next change. */
  columns(): { readonly ids: readonly string[]; readonly edges: EdgeColumns } {
    if (this.#ids.length > this.#nodes.size) this.#closeGaps();
    return { ids: this.#ids, edges: this.#edges.columns() };
  }

  /** A node's place in the columns that were made last, nothing having changed since; undefined when it has none. */
  indexOf(id: string): number | undefined {
    return this.#nodes.get(id)?.index;
  }

  /** Numbers the nodes anew, without those that went. */
  #closeGaps(): void {
    const numbers = new Uint32Array(this.#ids.length);
    this.#ids = [];
    for (const [id, attributes] of this.#nodes) {
      numbers[attributes.index] = this.#ids.length;
      attributes.index = this.#ids.length;
      this.#ids.push(id);
    }
    this.#edges.renumber(numbers);
  }

  /** The edge between two nodes that are there. */
  #edge(source: NodeAttributes, target: NodeAttributes): EdgeAttributes | undefined {
    const key = this.#graph.edge(source.key, target.key);
    return key === undefined ? undefined : this.#graph.getEdgeAttributes(key);
  }

  #tie(source: NodeAttributes, target: NodeAttributes, kinds: number): void {
    const edge: EdgeAttributes = { place: 0, source, target };
    this.#graph.addEdgeWithKey(String(++this.#lastKey), source.key, target.key, edge);
    this.#edges.add(edge, { source: source.index, target: target.index, kinds });
  }

  #drop(edge: EdgeAttributes | undefined): void {
    if (edge === undefined) return;
    this.#edges.remove(edge);
    this.#graph.dropEdge(edge.source.key, edge.target.key);
  }

  #ensure(id: string): NodeAttributes {
    const present = this.#nodes.get(id);
    if (present !== undefined) return present;
    this.#placeholders++;
    return this.#add(id, null);
  }

  #add(id: string, node: StoredNode | null): NodeAttributes {
    const key = String(++this.#lastKey);
    const attributes = { id, key, node, index: this.#ids.push(id) - 1, holders: null };
    this.#graph.addNode(key, attributes);
    this.#nodes.set(id, attributes);
    return attributes;
  }

  #forgetIfLoose({ id, key, node }: NodeAttributes): void {
    if (node !== null || !this.#nodes.has(id) || this.#graph.degree(key) > 0) return;
    this.#graph.dropNode(key);
    this.#nodes.delete(id);
    this.#placeholders--;
  }
}

/**
 * Where keys begin. graphology keeps neighbours in plain objects: names would make another hidden class of
 * nearly every one of them, numbers far from 0 make small hash tables, which are several times as fast.
 */
const firstKey = 1_000_000;
