import type { DirectedGraph } from 'graphology';
import graphology from 'graphology';
import type { CacheEdge, EdgeKind, StoredNode } from './cache-node.ts';
import { bitOf, kindsOf } from './edge-kinds.ts';
import type { EdgeColumns } from './graph-snapshot.ts';

interface NodeAttributes {
  readonly id: string;
  /** null: a placeholder, only referenced yet. */
  node: StoredNode | null;
  /** Its place in the columns that were made last. */
  index: number;
  /** What contains it; many nodes point to a hub, few hold it. */
  holders: Set<string> | null;
}

interface EdgeAttributes {
  kinds: number;
  readonly source: NodeAttributes;
  readonly target: NodeAttributes;
}

/** The model: a directed graph whose nodes may still be missing and whose edges have kinds. */
export class NodeGraph {
  readonly #graph: DirectedGraph<NodeAttributes, EdgeAttributes> = new graphology.DirectedGraph();
  /** The attributes of every node once more: found in one step. */
  readonly #nodes = new Map<string, NodeAttributes>();
  /** The attributes of every edge once more: walked through several times as fast as the graph. */
  readonly #edges = new Set<EdgeAttributes>();
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
      this.#nodes.get(target)?.holders?.delete(id);
      this.#drop(this.#graph.edge(keyOf(id), keyOf(target)));
      this.#forgetIfLoose(target);
    }
    this.#forgetIfLoose(id);
  }

  connect(source: string, target: string, kind: EdgeKind): void {
    const [from, to] = [this.#ensure(source), this.#ensure(target)];
    const edge = this.#graph.edge(keyOf(source), keyOf(target));
    if (kind === 'contains') {
      to.holders ??= new Set();
      to.holders.add(source);
    }
    if (edge === undefined) {
      const attributes: EdgeAttributes = { kinds: bitOf(kind), source: from, target: to };
      this.#edges.add(
        this.#graph.getEdgeAttributes(
          this.#graph.addEdge(keyOf(source), keyOf(target), attributes),
        ),
      );
    } else {
      const kinds = this.#graph.getEdgeAttribute(edge, 'kinds');
      if ((kinds & bitOf(kind)) !== 0) return;
      this.#graph.setEdgeAttribute(edge, 'kinds', kinds | bitOf(kind));
    }
    this.#version++;
  }

  disconnect(source: string, target: string, kind: EdgeKind): void {
    const edge =
      this.has(source) && this.has(target)
        ? this.#graph.edge(keyOf(source), keyOf(target))
        : undefined;
    if (edge === undefined) return;
    const kinds = this.#graph.getEdgeAttribute(edge, 'kinds') & ~bitOf(kind);
    this.#version++;
    if (kind === 'contains') this.#nodes.get(target)?.holders?.delete(source);
    if (kinds !== 0) {
      this.#graph.setEdgeAttribute(edge, 'kinds', kinds);
      return;
    }
    this.#drop(edge);
    this.#forgetIfLoose(source);
    this.#forgetIfLoose(target);
  }

  /** Ids that `id` points to by an edge of this kind, sorted. */
  targets(id: string, kind?: EdgeKind): string[] {
    const found: string[] = [];
    if (!this.has(id)) return found;
    this.#graph.forEachOutEdge(keyOf(id), (_edge, { kinds, target }) => {
      if (kind === undefined || (kinds & bitOf(kind)) !== 0) found.push(target.id);
    });
    return found.sort();
  }

  /** Ids that point to `id` by an edge of this kind, sorted. */
  sources(id: string, kind?: EdgeKind): string[] {
    const found: string[] = [];
    if (!this.has(id)) return found;
    this.#graph.forEachInEdge(keyOf(id), (_edge, { kinds, source }) => {
      if (kind === undefined || (kinds & bitOf(kind)) !== 0) found.push(source.id);
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
    for (const { source, target, kinds } of this.#edges)
      for (const kind of kindsOf(kinds)) yield { source: source.id, target: target.id, kind };
  }

  /** All ids in the order of arrival, and all edges by the places of their ends in it. */
  columns(): { readonly ids: readonly string[]; readonly edges: EdgeColumns } {
    const ids: string[] = [];
    for (const [id, attributes] of this.#nodes) {
      attributes.index = ids.length;
      ids.push(id);
    }
    const sources = new Uint32Array(this.#graph.size);
    const targets = new Uint32Array(this.#graph.size);
    const kinds = new Uint8Array(this.#graph.size);
    let e = 0;
    for (const edge of this.#edges) {
      sources[e] = edge.source.index;
      targets[e] = edge.target.index;
      kinds[e++] = edge.kinds;
    }
    return { ids, edges: { sources, targets, kinds } };
  }

  /** A node's place in the columns that were made last; undefined when it has none. */
  indexOf(id: string): number | undefined {
    const index = this.#nodes.get(id)?.index ?? -1;
    return index < 0 ? undefined : index;
  }

  #drop(edge: string | undefined): void {
    if (edge === undefined) return;
    this.#edges.delete(this.#graph.getEdgeAttributes(edge));
    this.#graph.dropEdge(edge);
  }

  #ensure(id: string): NodeAttributes {
    const present = this.#nodes.get(id);
    if (present !== undefined) return present;
    this.#placeholders++;
    return this.#add(id, null);
  }

  #add(id: string, node: StoredNode | null): NodeAttributes {
    this.#graph.addNode(keyOf(id), { id, node, index: -1, holders: null });
    const attributes = this.#graph.getNodeAttributes(keyOf(id));
    this.#nodes.set(id, attributes);
    return attributes;
  }

  #forgetIfLoose(id: string): void {
    if (this.#nodes.get(id)?.node !== null || this.#graph.degree(keyOf(id)) > 0) return;
    this.#graph.dropNode(keyOf(id));
    this.#nodes.delete(id);
    this.#placeholders--;
  }
}

/** An id as graphology takes it: it keeps neighbours in plain objects, which have names of their own. */
function keyOf(id: string): string {
  return id in Object.prototype || id.endsWith('\0') ? `${id}\0` : id;
}
