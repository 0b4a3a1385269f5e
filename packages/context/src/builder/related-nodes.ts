import type { CacheNode, NodeType } from '../graph/nodes/cache-node.ts';
import type { Focus } from './focus.ts';
import { latestFailure, type TaskView } from './pieces/task-view.ts';

/** A node that has to do with the matter at hand. */
export interface RelatedNodeName {
  readonly ref: string;
  readonly type: NodeType;
}

/** So many tokens of candidates are ranked; what goes in is decided by the slots. */
const rankedTokens = 12_000;
const ranked = 60;

/**
 * The nodes nearest to the module, its failure and the task's words, best first, by personalised
 * PageRank over the task's graph.
 *
 * Left out is what stands in the context anyway: what the module and its dependencies hold, the
 * module's tests, and users' words.
 */
export function relatedNodes(
  view: TaskView,
  focus: Focus,
  dependencies: readonly string[],
): readonly RelatedNodeName[] {
  const { graph } = view;
  const { module } = focus;
  const own = module === null ? [] : withParts(view, module);
  const shown = [
    ...own,
    ...dependencies.flatMap((name) => withParts(view, name)),
    ...(module === null ? [] : testsWithParts(view, module)),
  ];
  const found = graph.retrieve({
    seeds: module === null ? [`task:${view.taskId}`] : own,
    query: queryOf(view, module),
    maxTokens: rankedTokens,
    exclude: shown,
    bodyShare: 0,
  });
  const best = found.nodes
    .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .flatMap(({ id }) => [...holdersOf(view, id), id])
    .filter((id) => !shown.includes(id));
  return [...new Set(best)].slice(0, ranked).flatMap((id) => {
    const node = graph.getNode(id);
    return node === undefined || isTold(view, node) ? [] : [{ ref: id, type: node.type }];
  });
}

/** The module that a piece of code stands in: related as its nearest piece is. */
function holdersOf({ graph }: TaskView, id: string): readonly string[] {
  return graph.sources(id, 'contains').filter((holder) => holder.startsWith('module:'));
}

function queryOf(view: TaskView, module: string | null): string {
  const failure = module === null ? null : latestFailure(view, module);
  const failing = failure?.data.results.filter(({ status }) => status !== 'passed') ?? [];
  return [
    view.state.prompt.slice(0, 1_000),
    ...failing.slice(0, 5).map(({ name, message }) => `${name} ${message?.slice(0, 300) ?? ''}`),
  ].join('\n');
}

function withParts({ graph }: TaskView, module: string): readonly string[] {
  return [`module:${module}`, ...graph.targets(`module:${module}`, 'contains')];
}

function testsWithParts({ graph }: TaskView, module: string): readonly string[] {
  return graph
    .targets(`module:${module}`, 'tested_by')
    .flatMap((file) => [file, ...graph.targets(file, 'contains')]);
}

const words: ReadonlySet<unknown> = new Set(['guidance', 'answer', 'bug-report']);

/** What people said and what they brought along have a place of their own; single tests are told by their files. */
function isTold({ state }: TaskView, node: CacheNode): boolean {
  if (node.type !== 'concept' && node.type !== 'test') return false;
  const { kind } = node.metadata;
  // A correction that is under way is told by the failure it is about.
  if (kind === 'correction' && node.metadata.outcome === null) return true;
  if (words.has(kind) || (node.type === 'test' && kind !== 'file')) return true;
  return node.summary === '' || state.files.some(({ path }) => path === node.name);
}
