import type { TokenCounter } from '@org/models';
import type { DetailLevel, StoredNode } from '../nodes/cache-node.ts';
import { headingOf, nodeText } from '../nodes/node-text.ts';
import type { ContentOf } from './node-contents.ts';

/** Levels that show the text behind a node: no such text, no such level. */
const ofContent: ReadonlySet<DetailLevel> = new Set(['excerpt', 'code', 'body']);

/** What nodes take in a text, in tokens; each counted once for as long as the node and its text stay. */
export class NodeCosts {
  readonly #counter: TokenCounter;
  #known = new WeakMap<StoredNode, Partial<Record<DetailLevel, number>>>();

  constructor(counter: TokenCounter) {
    this.#counter = counter;
  }

  /** Of its part at a level; Infinity where it has no such content. Excerpts differ from answer to answer. */
  of(node: StoredNode, level: DetailLevel, contentOf: ContentOf): number {
    if (level === 'excerpt') return this.#measure(node, level, contentOf);
    const costs = this.#known.get(node) ?? {};
    this.#known.set(node, costs);
    const cost = costs[level] ?? this.#measure(node, level, contentOf);
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

  #measure(node: StoredNode, level: DetailLevel, contentOf: ContentOf): number {
    const content = contentOf(node.id, level);
    if (content === null && ofContent.has(level)) return Number.POSITIVE_INFINITY;
    const text = nodeText(node, level, content);
    return text === '' ? 0 : this.#counter.count(`${text}\n`);
  }
}
