import type { Event, PlannedModule } from '@org/events';
import { cutAt, onOneLine } from '../../graph/code/source-text.ts';
import { mapTest, writeCode } from '../nodes/code-nodes.ts';
import { summaryLength } from '../nodes/module-summary.ts';
import { storageRef } from '../nodes/storage-ref.ts';
import { writeTestFile } from '../nodes/test-nodes.ts';
import { touchNode } from '../nodes/touched-node.ts';
import type { FoldedTask, FoldingOf } from './folded-task.ts';
import { describeModule, taskNodeId, touchTask } from './touched-subject.ts';

/** TASK_CREATED: the task, and what the caller brought. */
export function foldCreated(folding: FoldingOf<'TASK_CREATED'>): void {
  const { cache, map, event, unlinked } = folding;
  const { prompt, answers, language, priority, files } = event.data;
  touchTask(folding, {
    summary: cutAt(onOneLine(prompt), summaryLength),
    metadata: { status: 'created', language, priority, answers },
  });
  for (const { path, content, kind } of files) {
    if (kind === 'source') {
      writeCode(cache, map, { event, file: { path, content, version: 0 } });
      cache.addEdge(taskNodeId(event), `module:${path}`, 'contains');
      unlinked.add(path);
    } else if (kind === 'test') {
      writeTestFile(cache, { event, path, content, origin: 'given' });
      mapTest(cache, map, path);
      unlinked.add(path);
      cache.addEdge(taskNodeId(event), `test:${path}`, 'tested_by');
    } else {
      const ref = storageRef({ taskId: event.taskId, path, version: 0 });
      cache.setContent(ref, content);
      touchNode(cache, event, {
        id: `concept:${path}`,
        type: 'concept',
        name: path,
        summary: cutAt(onOneLine(content), summaryLength),
        fullContentRef: ref,
        metadata: { kind: 'reference' },
      });
      cache.addEdge(taskNodeId(event), `concept:${path}`, 'references');
    }
  }
}

export function foldStarted(folding: FoldingOf<'TASK_STARTED'>): void {
  const { language } = folding.event.data;
  touchTask(folding, { metadata: { status: 'running', language } });
}

/** PLANNING_COMPLETE, or a plan that the user gave: modules, in the task and upon each other. */
export function foldPlan(task: FoldedTask, event: Event, plan: readonly PlannedModule[]): void {
  const { cache, unlinked } = task;
  const folding = { ...task, event };
  const id = touchTask(folding, {
    metadata: {
      status: plan.length === 0 ? 'waiting' : 'running',
      plan: plan.map(({ name }) => name),
    },
  });
  const planned = new Set(plan.map(({ name }) => `module:${name}`));
  for (const former of cache.targets(id, 'contains')) {
    if (planned.has(former)) continue;
    const node = cache.peek(former);
    // A module of a former plan that never had code is gone; one with code stays.
    if (node?.type === 'module' && node.fullContentRef === null) {
      cache.removeNode(former);
      cache.removeEdge(id, former, 'contains');
    }
  }
  for (const { name, purpose, dependsOn } of plan) {
    touchNode(cache, event, {
      id: `module:${name}`,
      type: 'module',
      name,
      metadata: { module: name, purpose: purpose ?? '', plannedOn: dependsOn ?? [] },
    });
    describeModule(folding, name);
    cache.addEdge(id, `module:${name}`, 'contains');
    unlinked.add(name);
  }
}

/** TASK_COMPLETE, TASK_FAILED, TASK_CANCELLED */
export function foldEnd(
  folding: FoldingOf<'TASK_COMPLETE' | 'TASK_FAILED' | 'TASK_CANCELLED'>,
): void {
  const { event } = folding;
  if (event.eventType === 'TASK_COMPLETE')
    touchTask(folding, {
      metadata: { status: 'completed', result: event.data.summary, tests: event.data.tests },
    });
  else if (event.eventType === 'TASK_FAILED')
    touchTask(folding, {
      metadata: { status: 'failed', result: `${event.data.reason}: ${event.data.message}` },
    });
  else touchTask(folding, { metadata: { status: 'cancelled', result: event.data.reason } });
}
