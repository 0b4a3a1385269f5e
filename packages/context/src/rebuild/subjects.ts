import type { Event } from '@org/events';
import type { CacheNode } from '../graph/nodes/cache-node.ts';
import { withDefaults } from './fold/payload-defaults.ts';
import { jsonText } from './nodes/json-text.ts';

/**
 * What an event speaks of: `task`, `module:a.py` (its standing), `code:a.py` (its text), `test:name`.
 * A node whose subject is among them may be out of date after the event.
 */
export function subjectsOfEvent(stored: Event): readonly string[] {
  const event = withDefaults(stored);
  switch (event.eventType) {
    case 'TASK_CREATED':
      return ['task', ...event.data.files.flatMap(({ path }) => [`code:${path}`, `test:${path}`])];
    case 'PLANNING_COMPLETE':
      return ['task', ...event.data.modules.map(({ name }) => `module:${name}`)];
    case 'USER_INTERVENTION':
      return ['task', ...(event.data.plan ?? []).map(({ name }) => `module:${name}`)];
    case 'CODE_GENERATED':
      return [
        `module:${event.data.module}`,
        ...event.data.files.flatMap(({ path }) => [`module:${path}`, `code:${path}`]),
      ];
    case 'TEST_STARTED':
      return [
        `module:${event.data.module}`,
        ...event.data.tests.map(({ path }) => `test:${path}`),
        ...event.data.expected.map((name) => `test:${name}`),
      ];
    case 'TEST_PASSED':
    case 'TEST_FAILED':
      return [
        `module:${event.data.module}`,
        ...event.data.results.map(({ name }) => `test:${name}`),
      ];
    case 'MODULE_STARTED':
    case 'MODULE_ITERATION':
    case 'MODULE_COMPLETE':
    case 'CORRECTION_STARTED':
    case 'CORRECTION_COMPLETED':
      return [`module:${event.data.module}`];
    case 'BUG_REPORT_RECEIVED':
      return event.data.accepted && event.data.module !== null
        ? [`module:${event.data.module}`]
        : [];
    case 'DEAD_CODE_ANALYSIS':
      return event.data.findings.map(({ module }) => `module:${module}`);
    case 'TASK_STARTED':
    case 'TASK_COMPLETE':
    case 'TASK_FAILED':
    case 'TASK_CANCELLED':
      return ['task'];
    default:
      return [];
  }
}

/** What a node speaks of; empty for what nothing later can change. */
export function subjectsOfNode(node: CacheNode): readonly string[] {
  switch (node.type) {
    case 'task':
      return ['task'];
    case 'module':
      return [node.id, `code:${node.name}`];
    case 'test':
      return [node.id];
    case 'function':
      return [`code:${jsonText(node.metadata.module)}`];
    case 'concept':
      return node.signature === null ? [] : [`code:${jsonText(node.metadata.module)}`];
    case 'library':
      return [];
  }
}
