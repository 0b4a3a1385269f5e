import type { Event } from '@org/events';

/** Gives a field its value: what was given where that is of its kind, else a default. */
type Reader = (given: unknown) => unknown;

const text: Reader = (given) => (typeof given === 'string' ? given : '');
const textOrNull: Reader = (given) => (typeof given === 'string' ? given : null);
const number: Reader = (given) => (typeof given === 'number' ? given : 0);
const oneOf =
  (...names: readonly [string, ...string[]]): Reader =>
  (given) =>
    names.find((name) => name === given) ?? names[0];

/** The elements that an item reader does not refuse by giving undefined. */
const listOf =
  (item: Reader): Reader =>
  (given) =>
    Array.isArray(given) ? given.map(item).filter((read) => read !== undefined) : [];

/** An object whose fields are read each in its way; others pass. Undefined without a text under `key`. */
const itemWith =
  (key: string, fields: Readonly<Record<string, Reader>>): Reader =>
  (given) => {
    if (!isObject(given) || typeof given[key] !== 'string' || given[key] === '') return undefined;
    return read(given, fields);
  };

const texts = listOf((given) => (typeof given === 'string' ? given : undefined));
const sourceFiles = listOf(itemWith('path', { content: text }));
const plan = listOf(itemWith('name', { purpose: text, dependsOn: texts }));
const run: Readonly<Record<string, Reader>> = {
  module: text,
  passed: number,
  failed: number,
  total: number,
  results: listOf(itemWith('name', { status: text })),
};
const failed: Readonly<Record<string, Reader>> = {
  ...run,
  signature: text,
  failure: (given) => read(isObject(given) ? given : {}, { kind: text, message: text }),
};
const correction = oneOf('test-failed', 'bug-report', 'guidance');

/** The fields that the folding reads, by event type. */
const payloads: Readonly<Record<string, Readonly<Record<string, Reader>>>> = {
  TASK_CREATED: {
    prompt: text,
    answers: texts,
    priority: textOrNull,
    language: textOrNull,
    files: listOf(itemWith('path', { content: text, kind: oneOf('reference', 'source', 'test') })),
  },
  TASK_STARTED: { language: textOrNull },
  PLANNING_COMPLETE: { modules: plan },
  MODULE_STARTED: { module: text, purpose: text, dependsOn: texts },
  MODULE_ITERATION: { module: text, iteration: number, strategy: text },
  CODE_GENERATED: { module: text, iteration: number, files: sourceFiles },
  TEST_STARTED: {
    module: text,
    tests: listOf(
      itemWith('path', { content: textOrNull, origin: oneOf('given', 'generated', 'rewritten') }),
    ),
    expected: texts,
  },
  TEST_PASSED: run,
  TEST_FAILED: failed,
  CORRECTION_STARTED: { module: text, fromVersion: number, reason: correction },
  CORRECTION_COMPLETED: { module: text, fromVersion: number },
  MODULE_COMPLETE: {
    module: text,
    outcome: (given) => text(given) || 'failed',
    iterations: number,
    reason: textOrNull,
    summary: textOrNull,
  },
  BUG_REPORT_RECEIVED: {
    description: text,
    module: textOrNull,
    accepted: (given) => given !== false,
  },
  USER_INTERVENTION: {
    kind: (given) => text(given) || 'guidance',
    text: textOrNull,
    plan: (given) => (Array.isArray(given) ? plan(given) : null),
  },
  DEAD_CODE_ANALYSIS: { findings: listOf(itemWith('module', { name: text })) },
  TASK_COMPLETE: {
    summary: text,
    tests: (given) => read(isObject(given) ? given : {}, { passed: number, total: number }),
  },
  TASK_FAILED: { reason: text, message: text },
  TASK_CANCELLED: { reason: textOrNull },
};

/** The event with every field of its payload that the folding reads of its kind: what is not gets a default. */
export function withDefaults(event: Event): Event {
  const fields = Object.hasOwn(payloads, event.eventType) ? payloads[event.eventType] : undefined;
  if (fields === undefined) return event;
  const given: unknown = event.data;
  const data = read(isObject(given) ? given : {}, fields);
  // Every field that the folding reads is now of its kind.
  return { ...event, data } as unknown as Event;
}

function read(
  given: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, Reader>>,
): Record<string, unknown> {
  const readings = Object.entries(fields).map(([name, reader]) => [name, reader(given[name])]);
  return { ...given, ...Object.fromEntries(readings) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
