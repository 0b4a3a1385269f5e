import type { StoredNode } from '../nodes/cache-node.ts';
import { isCode, nodeText } from '../nodes/node-text.ts';
import { retrievalWeights } from '../ranking/retrieval-weights.ts';
import type { Pass } from './budget-fill.ts';

/**
 * How a budget is shared out: a little for what happened, then signatures, then bodies; what one of them
 * leaves falls to the next.
 */
export function retrievalPasses(
  nodeOf: (id: string) => StoredNode | undefined,
  options: { readonly maxTokens: number; readonly bodyShare?: number | undefined },
): readonly Pass[] {
  const { maxTokens } = options;
  const { bodies, bodiesOfLittle } = retrievalWeights;
  const bodyShare = options.bodyShare ?? (maxTokens > 4_000 ? bodies : bodiesOfLittle);
  const history = (id: string) => {
    const node = nodeOf(id);
    return node === undefined || !isCode(node);
  };
  // A heading alone says nothing: that of a module comes with what stands under it.
  const code = (id: string) => {
    const node = nodeOf(id);
    return node !== undefined && isCode(node) && nodeText(node, 'signature', null) !== '';
  };
  // A test file is long, and says less of a step than what it tests.
  const isTest = (id: string) => nodeOf(id)?.type === 'test';
  const signatures = maxTokens * (1 - bodyShare);
  const excerpts = maxTokens * bodyShare * retrievalWeights.excerpts;
  const named: Pass = {
    level: 'signature',
    limit: maxTokens,
    accept: (id) => history(id) || code(id),
  };
  const passes: Pass[] = [
    { ...named, limit: maxTokens * retrievalWeights.history, accept: history },
    { ...named, limit: signatures, accept: code, thrift: retrievalWeights.thrift },
    { ...named, limit: signatures, accept: history },
  ];
  if (bodyShare === 0) return [...passes, named];
  const whole: readonly Pass[] = [
    { level: 'code', limit: maxTokens, accept: (id) => !isTest(id) },
    named,
    { level: 'body', limit: maxTokens, accept: (id) => !isTest(id) },
  ];
  if (excerpts < leastOfExcerpts) return [...passes, ...whole];
  const excerpt: Pass = {
    level: 'excerpt',
    limit: signatures + excerpts,
    accept: (id) => nodeOf(id)?.type === 'module',
    most: retrievalWeights.excerptModules,
  };
  return [...passes, excerpt, ...whole];
}

/** Tokens; fewer show too few modules for all that have to be looked through. */
const leastOfExcerpts = 200;
