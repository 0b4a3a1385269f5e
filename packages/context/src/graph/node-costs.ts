import type { TokenCounter } from '@org/models';
import type { DetailLevel, StoredNode } from './cache-node.ts';
import { headingOf, nodeText } from './node-text.ts';

/** What nodes take in a text, in tokens; each counted once for as long as the node and its text stay. */
export class NodeCosts {
  readonly #counter: TokenCounter;
  readonly #bodyOf: (id: string) => string | null;
  #known = new WeakMap<StoredNode, Partial<Record<DetailLevel, number>>>();

  constructor(counter: TokenCounter, bodyOf: (id: string) => string | null) {
    this.#counter = counter;
    this.#bodyOf = bodyOf;
  }

  /** Of its part at a level; Infinity where it has no body. */
  of(node: StoredNode, level: DetailLevel): number {
    const costs = this.#known.get(node) ?? {};
    this.#known.set(node, costs);
    const cost = costs[level] ?? this.#measure(node, level);
    costs[level] = cost;
    return cost;
  }

  /** Of the heading that a module's or task's parts stand under. */
  ofHeading(node: StoredNode): number {
    return this.#counter.count(`${headingOf(node)}\n\n`);
  }

  /** A text behind some nodes has changed. */
  forget(): void {
    this.#known = new WeakMap();
  }

  #measure(node: StoredNode, level: DetailLevel): number {
    const body = level === 'body' ? this.#bodyOf(node.id) : null;
    if (level === 'body' && body === null) return Number.POSITIVE_INFINITY;
    const text = nodeText(node, level, body);
    return text === '' ? 0 : this.#counter.count(`${text}\n`);
  }
}
