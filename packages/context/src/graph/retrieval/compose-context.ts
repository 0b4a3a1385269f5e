import type { TokenCounter } from '@org/models';
import type { NodeType, StoredNode } from '../nodes/cache-node.ts';
import type { NodeGraph } from '../nodes/node-graph.ts';
import { isCode } from '../nodes/node-text.ts';
import { roundedScore, topRanked } from '../ranking/top-ranked.ts';
import { type Candidate, fillBudget, isWhole, type Pass } from './budget-fill.ts';
import { nodeContents } from './node-contents.ts';
import type { NodeCosts } from './node-costs.ts';
import type { RelatedContext } from './related-context.ts';
import { writeContext } from './rendered-nodes.ts';

/** Where the parts of a text come from. */
export interface ContextParts {
  readonly graph: NodeGraph;
  readonly costs: NodeCosts;
  readonly counter: TokenCounter;
  readonly bodyOf: (id: string) => string | null;
}

/** Hardly any node takes fewer tokens: bounds how many candidates a budget is filled from. */
const leastTokens = 8;

/** Writes the best nodes of a ranking at the levels that the passes give them, never above the budget. */
export function composeContext(
  { graph, costs, counter, bodyOf }: ContextParts,
  wanted: {
    readonly scores: Float64Array;
    /** Ids by the places of the scores. */
    readonly ids: readonly string[];
    readonly passes: readonly Pass[];
    readonly maxTokens: number;
    readonly types?: readonly NodeType[] | undefined;
    readonly exclude?: readonly string[] | undefined;
    /** Excerpts show the lines that name one of these. */
    readonly words?: ReadonlySet<string> | undefined;
  },
): RelatedContext {
  const { scores, ids, passes, maxTokens, types } = wanted;
  const excluded = new Set(wanted.exclude);
  const count = Math.ceil(maxTokens / leastTokens) + excluded.size + 32;
  const ranked = topRanked(scores, { count, ids }).flatMap((index) => {
    const node = graph.node(ids[index] ?? '');
    if (node === undefined || excluded.has(node.id)) return [];
    if (types !== undefined && !types.includes(node.type)) return [];
    return [{ node, score: roundedScore(scores[index] ?? 0), ...placeOf(graph, node) }];
  });
  const contentOf = nodeContents(bodyOf, wanted.words ?? new Set());
  const candidates = ranked.map(
    ({ node, group, within, score }): Candidate => ({
      id: node.id,
      score,
      group: group?.id ?? null,
      within,
      cost: (level) => costs.of(node, level, contentOf),
    }),
  );
  const levels = fillBudget(candidates, passes, (id) => {
    const node = graph.node(id);
    return node === undefined ? 0 : costs.ofHeading(node);
  });
  const shown = ranked.flatMap((item) => {
    const level = levels.get(item.node.id);
    return level === undefined ? [] : [{ ...item, level }];
  });
  const written = writeContext(shown, { maxTokens, counter, contentOf });
  const kept = new Map(written.nodes.map(({ id, level }) => [id, level]));
  const dropped = ranked
    .filter(({ node, within }) => !kept.has(node.id) && !within.some((id) => isWhole(kept.get(id))))
    .map(({ node }) => ({ id: node.id, reason: 'budget' as const }));
  return { ...written, dropped, missing: [] };
}

/**
 * The module that a piece of code stands in (itself for a module or task, null for what stands alone), and
 * what has its text in its own: that module, and the class of a method.
 */
function placeOf(
  graph: NodeGraph,
  node: StoredNode,
): { readonly group: StoredNode | null; readonly within: readonly string[] } {
  if (node.type === 'module' || node.type === 'task') return { group: node, within: [] };
  if (!isCode(node)) return { group: null, within: [] };
  const holders = graph
    .holders(node.id)
    .flatMap((id) => graph.node(id) ?? [])
    .filter((holder) => isCode(holder));
  return {
    group: holders.find(({ type }) => type === 'module') ?? null,
    within: holders.filter((holder) => fileOf(holder) === fileOf(node)).map(({ id }) => id),
  };
}

function fileOf({ fullContentRef }: StoredNode): string {
  return fullContentRef === null ? '' : fullContentRef.replace(/#L\d+-\d+$/, '');
}
