import type { NodeType } from '../graph/cache-node.ts';
import type { Focus } from './focus.ts';
import { latestFailure, type TaskView } from './task-view.ts';

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
 * PageRank over the task's graph; what the module's whole code shows anyway is left out.
 */
export function relatedNodes(view: TaskView, focus: Focus): readonly RelatedNodeName[] {
  const { graph, state } = view;
  const { module } = focus;
  const own =
    module === null ? [] : [`module:${module}`, ...graph.targets(`module:${module}`, 'contains')];
  const failure = module === null ? null : latestFailure(view, module);
  const failing = failure?.data.results.filter(({ status }) => status !== 'passed') ?? [];
  const query = [
    state.prompt.slice(0, 1_000),
    ...failing.slice(0, 5).map(({ name, message }) => `${name} ${message?.slice(0, 300) ?? ''}`),
  ].join('\n');
  const seeds = module === null ? [`task:${view.taskId}`] : own;
  const found = graph.retrieve({
    seeds,
    query,
    maxTokens: rankedTokens,
    exclude: own,
    bodyShare: 0,
  });
  return found.nodes
    .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .slice(0, ranked)
    .flatMap(({ id }) => {
      const type = graph.getNode(id)?.type;
      return type === undefined ? [] : [{ ref: id, type }];
    });
}
