import type { NetworkedCache } from '../../graph/networked-cache.ts';

/** How node ids begin. */
const prefixes = ['task', 'module', 'func', 'class', 'const', 'type', 'test', 'lib', 'concept'];

/** Names that would end a reference early. */
const unreadable = /[\]\n]/;

/**
 * What a reference to a node shows: its name, or its whole id where several nodes share the name.
 * Null when there is no such node (or only a placeholder), so that every reference resolves.
 */
export function referenceLabel(graph: NetworkedCache, id: string): string | null {
  const node = graph.getNode(id);
  if (node === undefined) return null;
  const label = resolveReference(graph, node.name) === id ? node.name : id;
  return unreadable.test(label) ? null : label;
}

/** The id that a reference means; null when it means none, or more than one. */
export function resolveReference(graph: NetworkedCache, label: string): string | null {
  if (graph.getNode(label) !== undefined) return label;
  const named = prefixes
    .map((prefix) => `${prefix}:${label}`)
    .filter((id) => graph.getNode(id)?.name === label);
  return named.length === 1 ? (named[0] ?? null) : null;
}

/** `[→ a], [→ b]`: those of the ids that there are, in their order, each once, at most `limit`. */
export function references(
  graph: NetworkedCache,
  ids: readonly string[],
  options: { readonly arrow?: '→' | '←'; readonly limit?: number } = {},
): string {
  const { arrow = '→', limit = 12 } = options;
  const labels = [...new Set(ids)].flatMap((id) => referenceLabel(graph, id) ?? []);
  const shown = labels.slice(0, limit).map((label) => `[${arrow} ${label}]`);
  const more = labels.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

/** The references in a text, code in fences left out. */
export function referencesIn(text: string): readonly string[] {
  const prose = text.replaceAll(/^(`{3,}|~{3,})[\s\S]*?^\1[ \t]*$/gm, '');
  return [...prose.matchAll(/\[[→←] ([^\]\n]+)\]/g)].map((match) => match[1] ?? '');
}
