import type { Method } from './method.ts';
import { ownNodes } from './unit-baselines.ts';

/** `NetworkedCache.getRelatedContext`: two hops around the module. */
const twoHops: Method = {
  name: 'graph, 2 hops',
  prepare: ({ cache, module }) => {
    return (maxTokens) => cache.getRelatedContext(`module:${module}`, { depth: 2, maxTokens }).text;
  },
};

/** `NetworkedCache.retrieve` from the module and what it declares, with the subject as the query. */
export const ours: Method = {
  name: 'networked cache',
  prepare: (task) => {
    const own = ownNodes(task);
    const query = `${task.subject} ${task.module}`;
    return (maxTokens) => task.cache.retrieve({ seeds: own, query, maxTokens, exclude: own }).text;
  },
};

export const graphMethods: readonly Method[] = [twoHops, ours];
