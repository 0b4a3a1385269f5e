import type { Event } from '@org/events';
import { moduleOf } from '../relevance-filter.ts';
import { withoutReferences } from './without-references.ts';

/**
 * One event in one line: what happened, and how it came out. At most 140 characters of outcome.
 *
 * A payload that is not of its type's shape is told by the names of its fields.
 */
export function eventLine(event: Event): string {
  const outcome = tolerantOutcome(event).replaceAll(/\s+/g, ' ');
  return withoutReferences(`${eventHead(event)}: ${clip(outcome, 140)}`);
}

/** What every rendering of an event begins with: `#12 TEST_FAILED validators.py v3`. */
export function eventHead(event: Event): string {
  const module = moduleOf(event);
  const where = module === null ? '' : ` ${module}`;
  const code = event.codeVersion > 0 ? ` v${event.codeVersion}` : '';
  return `#${event.version} ${event.eventType}${where}${code}`;
}

function tolerantOutcome(event: Event): string {
  try {
    // The type does not hold for a payload that another version wrote.
    const outcome: unknown = outcomeOf(event);
    return typeof outcome === 'string' ? outcome : fieldNames(event);
  } catch {
    return fieldNames(event);
  }
}

function outcomeOf(event: Event): string {
  switch (event.eventType) {
    case 'TASK_CREATED':
      return firstLine(event.data.prompt);
    case 'TASK_STARTED':
      return event.data.language;
    case 'PLANNING_COMPLETE':
      return event.data.modules.length > 0
        ? `planned ${event.data.modules.map(({ name }) => name).join(', ')}`
        : `asked ${event.data.questions.map(({ text }) => firstLine(text)).join(' / ')}`;
    case 'MODULE_STARTED':
      return firstLine(event.data.purpose) || 'started';
    case 'MODULE_ITERATION':
      return `iteration ${event.data.iteration}, ${event.data.strategy}`;
    case 'CODE_GENERATED':
      return `wrote ${event.data.files.map(({ path }) => path).join(', ')}`;
    case 'TEST_STARTED':
      return `ran ${event.data.expected.length} tests`;
    case 'TEST_PASSED':
      return `done, ${event.data.passed} of ${event.data.total} passed`;
    case 'TEST_FAILED':
      return `${event.data.passed} of ${event.data.total} passed, ${event.data.failure.kind}: ${failing(event).join(', ')}`;
    case 'CORRECTION_STARTED':
      return `correcting v${event.data.fromVersion} after ${event.data.reason}`;
    case 'CORRECTION_COMPLETED':
      return `done, corrected v${event.data.fromVersion}`;
    case 'MODULE_COMPLETE':
      return `done, ${event.data.outcome} after ${event.data.iterations} iterations`;
    case 'BUG_REPORT_RECEIVED':
      return `${event.data.accepted ? 'accepted' : 'refused'}: ${firstLine(event.data.description)}`;
    case 'USER_INTERVENTION':
      return `${event.data.kind} ${firstLine(event.data.text ?? '')}`;
    case 'DEAD_CODE_ANALYSIS':
      return `${event.data.findings.length} findings`;
    case 'TASK_COMPLETE':
      return `done, ${event.data.tests.passed} of ${event.data.tests.total} tests passed`;
    case 'TASK_FAILED':
      return `${event.data.reason}: ${firstLine(event.data.message)}`;
    case 'TASK_CANCELLED':
      return event.data.reason ?? 'cancelled';
    default:
      return fieldNames(event);
  }
}

function failing(event: Extract<Event, { eventType: 'TEST_FAILED' }>): string[] {
  return event.data.results
    .filter(({ status }) => status === 'failed' || status === 'missing')
    .map(({ name }) => name);
}

/** A newer writer may have written a type that this build does not know. */
function fieldNames(event: { readonly data: unknown }): string {
  const { data } = event;
  return typeof data === 'object' && data !== null ? Object.keys(data).join(', ') : '';
}

function firstLine(text: string): string {
  return text.trimStart().split('\n', 1)[0]?.trim() ?? '';
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).trimEnd()}…`;
}
