import type { CacheNode, StoredNode } from '@org/context';
import { headingOf, isCode } from '../../packages/context/src/graph/nodes/node-text.ts';
import { retrievalWeights } from '../../packages/context/src/graph/ranking/retrieval-weights.ts';
import {
  type Candidate,
  fillBudget,
  type Pass,
} from '../../packages/context/src/graph/retrieval/budget-fill.ts';
import { focusWords } from '../../packages/context/src/graph/retrieval/focus-words.ts';
import { nodeContents } from '../../packages/context/src/graph/retrieval/node-contents.ts';
import { NodeCosts } from '../../packages/context/src/graph/retrieval/node-costs.ts';
import { writeContext } from '../../packages/context/src/graph/retrieval/rendered-nodes.ts';
import { retrievalPasses } from '../../packages/context/src/graph/retrieval/retrieval-passes.ts';
import { questionOf } from './baselines.ts';
import type { Method, Task } from './method.ts';

/** The nodes of the graph, ranked without it, written just as the cache writes them. */
function written(
  task: Task,
  ranked: readonly string[],
  options: {
    /** Short ones are then preferred just as the cache prefers them. @default in the order given */
    readonly scores?: ReadonlyMap<string, number>;
    /** @default signatures alone */
    readonly passes?: (maxTokens: number) => readonly Pass[];
  } = {},
): (maxTokens: number) => string {
  const { cache, counter, module, subject } = task;
  const { scores } = options;
  const own = new Set(ownNodes(task));
  const seeds = [...own].flatMap((id) => cache.peek(id) ?? []);
  const contentOf = nodeContents((id) => cache.body(id), focusWords(seeds, `${subject} ${module}`));
  const costs = new NodeCosts(counter);
  const items = ranked.flatMap((id) => {
    const node = cache.getNode(id);
    return node === undefined || own.has(id) ? [] : [{ node, group: groupOf(task, node) }];
  });
  const candidates = items.map(
    ({ node, group }): Candidate => ({
      id: node.id,
      score: scores?.get(node.id) ?? 1,
      group: group?.id ?? null,
      within: isCode(node) && group !== null && group.id !== node.id ? [group.id] : [],
      cost: (level) => costs.of(node, level, contentOf),
    }),
  );
  const thrift = scores === undefined ? 0 : retrievalWeights.thrift;
  const signatures = (limit: number): readonly Pass[] => [{ level: 'signature', limit, thrift }];
  return (maxTokens) => {
    const levels = fillBudget(candidates, (options.passes ?? signatures)(maxTokens), (group) => {
      const node = cache.getNode(group);
      return node === undefined ? 0 : counter.count(`${headingOf(node)}\n\n`);
    });
    const shown = items.flatMap((item) => {
      const level = levels.get(item.node.id);
      return level === undefined ? [] : [{ ...item, level, score: 0 }];
    });
    return writeContext(shown, { maxTokens, counter, contentOf }).text;
  };
}

/** All signatures, files near to the module first. */
const skeleton: Method = {
  name: 'skeleton',
  prepare: (task) => {
    const code = [...task.cache.nodes()].filter((node) => isCode(node) && node.type !== 'library');
    const ranked = code
      .map((node) => ({ node, path: moduleOf(node) }))
      .toSorted(
        (a, b) =>
          distance(a.path, task.module) - distance(b.path, task.module) ||
          compare(a.path, b.path) ||
          line(a.node) - line(b.node),
      )
      .map(({ node }) => node.id);
    return written(task, ranked);
  },
};

/** The same nodes by BM25, over the subject and the module's words. */
const bm25Units: Method = {
  name: 'BM25 same units',
  prepare: (task) => writtenByWords(task, questionOf(task)),
};

/** The same, with excerpts, code and bodies as the cache has them: only the ranking differs. */
const bm25Levels: Method = {
  name: 'BM25 same units and levels',
  prepare: (task) =>
    writtenByWords(task, questionOf(task), (maxTokens) =>
      retrievalPasses((id) => task.cache.peek(id), { maxTokens }),
    ),
};

/** The same nodes by BM25 over the subject and the module's path alone. */
const bm25Subject: Method = {
  name: 'BM25 same units by subject',
  prepare: (task) => writtenByWords(task, `${task.subject} ${task.module}`),
};

function writtenByWords(
  task: Task,
  question: string,
  passes?: (maxTokens: number) => readonly Pass[],
): (maxTokens: number) => string {
  const hits = task.cache.search(question, { limit: task.cache.size.nodes });
  const scores = new Map(hits.map(({ id, score }) => [id, score]));
  const ranked = hits.map(({ id }) => id);
  return written(task, ranked, passes === undefined ? { scores } : { scores, passes });
}

/**
 * As a repository map: PageRank over files, an edge for each identifier that one uses and another
 * declares, personalised to the module; each file's rank goes to what it declares by how much that is used.
 */
const repositoryMap: Method = {
  name: 'repository map',
  prepare: (task) => written(task, mapRanking(task)),
};

export const unitBaselines: readonly Method[] = [
  skeleton,
  bm25Units,
  bm25Levels,
  bm25Subject,
  repositoryMap,
];

export function ownNodes({ cache, module }: Task): readonly string[] {
  return [`module:${module}`, ...cache.targets(`module:${module}`, 'contains')];
}

function mapRanking(task: Task): readonly string[] {
  const { cache, history, module, subject } = task;
  const declared = new Map<string, { readonly path: string; readonly id: string }[]>();
  for (const node of cache.nodes()) {
    if (!isCode(node) || node.type === 'module' || node.type === 'library') continue;
    const name = node.name.slice(node.name.lastIndexOf('.') + 1);
    const known = declared.get(name) ?? [];
    declared.set(name, [...known, { path: moduleOf(node), id: node.id }]);
  }
  const mentioned = new Set(subject.match(/[\w$]+/g) ?? []);
  const edges: { from: string; to: string; id: string; weight: number }[] = [];
  for (const [path, content] of history.files) {
    const uses = new Map<string, number>();
    for (const word of content.match(/[A-Za-z_$][\w$]*/g) ?? [])
      uses.set(word, (uses.get(word) ?? 0) + 1);
    for (const [word, count] of uses) {
      const definers = declared.get(word) ?? [];
      let weight = Math.sqrt(count);
      if (mentioned.has(word)) weight *= 10;
      if (word.length >= 8 && /[a-z][A-Z]|_/.test(word)) weight *= 10;
      if (word.startsWith('_') || definers.length > 5) weight *= 0.1;
      if (path === module) weight *= 50;
      for (const { path: to, id } of definers)
        if (to !== path) edges.push({ from: path, to, id, weight });
    }
  }
  const out = new Map<string, number>();
  for (const { from, weight } of edges) out.set(from, (out.get(from) ?? 0) + weight);
  let rank = new Map([[module, 1]]);
  for (let round = 0; round < 30; round++) {
    const next = new Map([[module, 0.15]]);
    for (const { from, to, weight } of edges)
      next.set(
        to,
        (next.get(to) ?? 0) + (0.85 * (rank.get(from) ?? 0) * weight) / (out.get(from) ?? 1),
      );
    rank = next;
  }
  const scores = new Map<string, number>();
  for (const { from, id, weight } of edges)
    scores.set(id, (scores.get(id) ?? 0) + ((rank.get(from) ?? 0) * weight) / (out.get(from) ?? 1));
  return [...scores].toSorted((a, b) => b[1] - a[1] || compare(a[0], b[0])).map(([id]) => id);
}

function groupOf({ cache }: Task, node: CacheNode): StoredNode | null {
  if (node.type === 'module' || node.type === 'task') return node;
  if (!isCode(node)) return null;
  const holders = cache.sources(node.id, 'contains').map((id) => cache.peek(id));
  return holders.find((holder) => holder?.type === 'module') ?? null;
}

function moduleOf({ metadata }: StoredNode): string {
  return typeof metadata.module === 'string' ? metadata.module : '';
}

/** Folders apart. */
function distance(a: string, b: string): number {
  const [left, right] = [a.split('/').slice(0, -1), b.split('/').slice(0, -1)];
  let shared = 0;
  while (shared < left.length && left[shared] === right[shared]) shared++;
  return left.length + right.length - 2 * shared;
}

function line(node: StoredNode): number {
  return Number(node.metadata.startLine ?? 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
