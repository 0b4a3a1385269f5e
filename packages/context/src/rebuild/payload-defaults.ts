import type { Event } from '@org/events';

const run = { module: '', passed: 0, failed: 0, total: 0, results: [], durationMs: 0, output: '' };

/** What stands for a field that a payload lacks. */
const defaults: Readonly<Record<string, object>> = {
  TASK_CREATED: { prompt: '', answers: [], priority: null, language: null, files: [] },
  TASK_STARTED: { language: null, models: [] },
  PLANNING_COMPLETE: { modules: [], questions: [] },
  MODULE_STARTED: { module: '', purpose: '', dependsOn: [] },
  MODULE_ITERATION: { module: '', iteration: 0, strategy: 'generate' },
  CODE_GENERATED: { module: '', iteration: 0, files: [] },
  TEST_STARTED: { module: '', tests: [], expected: [] },
  TEST_PASSED: run,
  TEST_FAILED: { ...run, failure: { kind: 'assertion', message: '' }, signature: '' },
  CORRECTION_STARTED: { module: '', fromVersion: 0, reason: 'test-failed' },
  CORRECTION_COMPLETED: { module: '', fromVersion: 0 },
  MODULE_COMPLETE: { module: '', outcome: 'failed', iterations: 0, reason: null, summary: null },
  BUG_REPORT_RECEIVED: { description: '', module: null, accepted: true, reason: null },
  USER_INTERVENTION: { kind: 'guidance', text: null, questionId: null, plan: null },
  DEAD_CODE_ANALYSIS: { findings: [], skipped: null },
  TASK_COMPLETE: { summary: '', files: [], tests: { passed: 0, total: 0 } },
  TASK_FAILED: { reason: '', message: '', best: null, files: [] },
  TASK_CANCELLED: { reason: null },
};

/** The event with every field of its payload that is missing, null where it must not be, or of another kind, set to a default. */
export function withDefaults(event: Event): Event {
  const expected = defaults[event.eventType];
  if (expected === undefined) return event;
  const given: Record<string, unknown> = isObject(event.data) ? { ...event.data } : {};
  for (const [field, value] of Object.entries(expected)) {
    if (!isLike(given[field], value)) given[field] = value;
  }
  // Every field that the folding reads is now of its kind; elements of lists are read with care.
  return { ...event, data: given } as unknown as Event;
}

function isLike(value: unknown, example: unknown): boolean {
  if (value === undefined) return false;
  if (example === null) return true;
  if (Array.isArray(example)) return Array.isArray(value);
  return typeof value === typeof example && value !== null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
