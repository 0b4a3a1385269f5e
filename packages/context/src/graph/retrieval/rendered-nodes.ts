import type { TokenCounter } from '@org/models';
import type { DetailLevel, StoredNode } from '../nodes/cache-node.ts';
import { headingOf, nodeText } from '../nodes/node-text.ts';
import type { ContentOf } from './node-contents.ts';
import type { RelatedContext, RelatedNode } from './related-context.ts';

/** A node to show, with the module or task that holds it. */
export interface Shown {
  readonly node: StoredNode;
  readonly level: DetailLevel;
  readonly score: number;
  /** Whose heading it stands under; the node itself for a module or task. */
  readonly group: StoredNode | null;
}

/**
 * Writes nodes as text, code under the heading of its module, and keeps to the budget: what stands
 * last in the ranking goes first when the whole text counts more than its parts did.
 */
export function writeContext(
  shown: readonly Shown[],
  options: {
    readonly maxTokens: number;
    readonly counter: TokenCounter;
    readonly contentOf: ContentOf;
  },
): Pick<RelatedContext, 'text' | 'tokens' | 'nodes'> {
  let kept = shown;
  for (;;) {
    const text = contextText(kept, options.contentOf);
    const tokens = options.counter.count(text);
    if (tokens <= options.maxTokens) {
      const nodes = kept.map((item) => relatedNode(item, options));
      return { text, tokens, nodes };
    }
    const over = (tokens - options.maxTokens) / tokens;
    kept = kept.slice(0, kept.length - Math.max(1, Math.floor(kept.length * over * 0.5)));
  }
}

function relatedNode(
  { node, level, score }: Shown,
  options: { readonly counter: TokenCounter; readonly contentOf: ContentOf },
): RelatedNode {
  const own = nodeText(node, level, options.contentOf(node.id, level));
  const text = own === '' ? headingOf(node) : own;
  return { id: node.id, name: node.name, level, text, tokens: options.counter.count(text), score };
}

function contextText(shown: readonly Shown[], contentOf: ContentOf): string {
  const groups = new Map<string, string[]>();
  const notes: string[] = [];
  for (const { node, level, group } of shown) {
    const text = nodeText(node, level, contentOf(node.id, level));
    if (group === null) {
      notes.push(text);
      continue;
    }
    const lines = groups.get(group.id) ?? [headingOf(group)];
    groups.set(group.id, lines);
    if (text === '') continue;
    // What a module says of itself stands before its parts.
    if (node.id === group.id) lines.splice(1, 0, text);
    else lines.push(text);
  }
  const blocks = [...groups.values()].map((lines) => lines.join('\n'));
  if (notes.length > 0) blocks.push(['## Notes', ...notes].join('\n'));
  return blocks.join('\n\n');
}
