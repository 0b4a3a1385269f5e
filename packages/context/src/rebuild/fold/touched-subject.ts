import type { Event } from '@org/events';
import { moduleSummary } from '../nodes/module-summary.ts';
import { type NodeChange, touchNode } from '../nodes/touched-node.ts';
import type { Folding } from './folded-task.ts';

export function taskNodeId(event: Event): string {
  return `task:${event.taskId}`;
}

/** The task's node is there from its first event on, whichever that is. */
export function touchTask(
  { cache, event }: Pick<Folding, 'cache' | 'event'>,
  change: Pick<NodeChange, 'summary' | 'metadata'>,
): string {
  const id = taskNodeId(event);
  touchNode(cache, event, { id, type: 'task', name: event.taskId, ...change });
  return id;
}

/** Changes a module's standing and says it in its summary; a module nobody planned belongs to the task. */
export function touchModule(
  folding: Folding,
  module: string,
  metadata: NonNullable<NodeChange['metadata']>,
): void {
  if (module === '') return;
  const { cache, event } = folding;
  const id = `module:${module}`;
  touchNode(cache, event, { id, type: 'module', name: module, metadata: { module, ...metadata } });
  describeModule(folding, module);
  if (cache.sources(id, 'contains').length === 0) cache.addEdge(taskNodeId(event), id, 'contains');
}

/** Writes a module's summary anew from what is known of it. */
export function describeModule(
  { cache }: { readonly cache: Folding['cache']; readonly event: Event },
  module: string,
): void {
  const id = `module:${module}`;
  cache.addNode({ id, type: 'module', ...moduleSummary(cache, id, null) });
}
