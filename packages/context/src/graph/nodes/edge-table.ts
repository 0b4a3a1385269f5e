/** Edges as parallel columns: `sources[e]` → `targets[e]`, with the kinds as bits. */
export interface EdgeColumns {
  readonly sources: Uint32Array;
  readonly targets: Uint32Array;
  readonly kinds: Uint8Array;
}

/** What knows its place in a table of edges; the table keeps it true. */
export interface Placed {
  place: number;
}

/**
 * Edges in typed arrays that grow and shrink with the graph, so that nothing is walked through to have them
 * all. An edge that goes leaves its place to the last one: their order means nothing.
 */
export class EdgeTable<Edge extends Placed> {
  readonly #edges: Edge[] = [];
  #sources = new Uint32Array(64);
  #targets = new Uint32Array(64);
  #kinds = new Uint8Array(64);

  /** Adds an edge between two nodes, given by their numbers, and tells it its place. */
  add(
    edge: Edge,
    ends: { readonly source: number; readonly target: number; readonly kinds: number },
  ): void {
    const place = this.#edges.push(edge) - 1;
    if (place === this.#sources.length) this.#grow();
    this.#sources[place] = ends.source;
    this.#targets[place] = ends.target;
    this.#kinds[place] = ends.kinds;
    edge.place = place;
  }

  kindsOf({ place }: Edge): number {
    return this.#kinds[place] as number;
  }

  setKinds({ place }: Edge, kinds: number): void {
    this.#kinds[place] = kinds;
  }

  remove({ place }: Edge): void {
    const last = this.#edges.pop();
    if (last === undefined || last.place === place) return;
    this.#sources[place] = this.#sources[last.place] as number;
    this.#targets[place] = this.#targets[last.place] as number;
    this.#kinds[place] = this.#kinds[last.place] as number;
    this.#edges[place] = last;
    last.place = place;
  }

  /** Node `i` has become node `numbers[i]`. */
  renumber(numbers: Uint32Array): void {
    // All reads are inside their arrays.
    for (let e = 0; e < this.#edges.length; e++) {
      this.#sources[e] = numbers[this.#sources[e] as number] as number;
      this.#targets[e] = numbers[this.#targets[e] as number] as number;
    }
  }

  /** All edges; true until the next change. */
  columns(): EdgeColumns {
    const { length } = this.#edges;
    return {
      sources: this.#sources.subarray(0, length),
      targets: this.#targets.subarray(0, length),
      kinds: this.#kinds.subarray(0, length),
    };
  }

  [Symbol.iterator](): IterableIterator<Edge> {
    return this.#edges.values();
  }

  #grow(): void {
    const [sources, targets, kinds] = [this.#sources, this.#targets, this.#kinds];
    const length = 2 * sources.length;
    this.#sources = new Uint32Array(length);
    this.#sources.set(sources);
    this.#targets = new Uint32Array(length);
    this.#targets.set(targets);
    this.#kinds = new Uint8Array(length);
    this.#kinds.set(kinds);
  }
}
