import type { PastWorkItem, PastWorkQuery } from '../../../builder/past-work.ts';
import { cutAt, onOneLine } from '../../../graph/code/source-text.ts';
import type { CacheNode } from '../../../graph/nodes/cache-node.ts';
import type { SearchAnswer, SearchHit, SearchOptions } from './search-answer.ts';

/** About 150 tokens. */
const itemLength = 560;

/** Where past work is looked for. */
export interface PastWorkSource {
  searchSemantic(query: string, options: SearchOptions): Promise<SearchAnswer>;
  /** Corrections after which the tests passed, of a failure with this signature. */
  corrections(signature: string): Promise<readonly SearchHit[]>;
  /** A node's whole text; null where it is not kept. */
  body(scope: string, id: string): Promise<string | null>;
  /** What a task made: its modules, with what they declare. */
  solution(scope: string): Promise<readonly CacheNode[]>;
}

/** Corrections of the same failure first, then tasks whose words or meaning are near; other tasks' only. */
export async function recallPastWork(
  source: PastWorkSource,
  query: PastWorkQuery,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<readonly PastWorkItem[]> {
  const fixes =
    query.failureSignature === null ? [] : await source.corrections(query.failureSignature);
  const others = fixes.filter(({ scope }) => scope !== query.taskId);
  const corrections = await Promise.all(
    others
      .slice(0, Math.max(1, Math.ceil(query.limit / 2)))
      .map(async ({ scope, node }): Promise<PastWorkItem> => {
        const change = (await source.body(scope, node.id)) ?? '';
        return {
          ref: `correction:${scope}/${node.name}`,
          kind: 'correction',
          text: cutAt(`In ${scope}: ${onOneLine(node.summary)}\n${change}`.trim(), itemLength),
        };
      }),
  );
  const room = query.limit - corrections.length;
  if (room <= 0) return corrections.slice(0, query.limit);
  const { hits } = await source.searchSemantic(query.text, {
    limit: room + 1,
    types: ['task'],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const similar = hits.filter(({ scope }) => scope !== query.taskId).slice(0, room);
  const tasks = await Promise.all(
    similar.map(
      async (hit): Promise<PastWorkItem> => ({
        ref: `task:${hit.scope}`,
        kind: 'task',
        text: cutAt(taskText(hit, await source.solution(hit.scope)), itemLength),
      }),
    ),
  );
  return [...corrections, ...tasks];
}

function taskText({ scope, node }: SearchHit, solution: readonly CacheNode[]): string {
  const status = typeof node.metadata.status === 'string' ? ` (${node.metadata.status})` : '';
  const head = `${scope}${status}: ${cutAt(onOneLine(node.summary), 200)}`;
  const modules = solution.filter(({ type }) => type === 'module');
  const parts = modules.map((module) => {
    const signatures = solution
      .filter(({ type, metadata }) => type === 'function' && metadata.module === module.name)
      .flatMap(({ signature }) => signature ?? []);
    return `${module.name}: ${cutAt(signatures.join('; '), 200)}`;
  });
  return [head, ...parts].join('\n');
}
