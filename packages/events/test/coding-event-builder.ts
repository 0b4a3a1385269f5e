import { randomUUID } from 'node:crypto';
import type { Event, EventData, EventType, NewEvent } from '../src/index.ts';

/** What a caller gives as one type's payload: fields with a default may be left out. */
export type Payload<Type extends EventType> = Extract<NewEvent, { eventType: Type }>['data'];

/** Makes numbered events of one coding task, each caused by the one before. Payloads as callers give them. */
export function codingTask(taskId = 'task-1') {
  let sequence = 0;
  let lastId: string | null = null;
  return function event<Type extends EventType>(
    eventType: Type,
    data: Payload<Type>,
    envelope: Partial<Event> = {},
  ): Event {
    sequence += 1;
    const eventId: string = envelope.eventId ?? randomUUID();
    const event = {
      eventId,
      taskId,
      eventType,
      timestamp: new Date(Date.UTC(2026, 10, 23, 10, 0, sequence)).toISOString(),
      sequence,
      version: sequence,
      codeVersion: 0,
      codeHash: null,
      vectorClock: { main: sequence },
      causationId: lastId,
      correlationId: null,
      schemaVersion: 1,
      data,
      ...envelope,
    };
    lastId = eventId;
    // Defaults may be missing from the payload, as in a log written by an older version.
    return event as unknown as Event;
  };
}

const file = (path: string, content = 'x') => ({ path, content, hash: `hash of ${content}` });

/** A valid payload of each of the 18 types. */
export const payloads: { readonly [Type in EventType]: EventData<Type> } = {
  TASK_CREATED: {
    prompt: 'a stack',
    answers: [],
    priority: null,
    language: 'javascript',
    files: [],
    idempotency: null,
    limits: null,
  },
  TASK_STARTED: { language: 'javascript', models: ['qwen3:8b'] },
  PLANNING_COMPLETE: {
    modules: [{ name: 'stack.js', purpose: 'a stack', dependsOn: [] }],
    questions: [],
    calls: [],
  },
  MODULE_STARTED: { module: 'stack.js', purpose: 'a stack', dependsOn: [] },
  MODULE_ITERATION: { module: 'stack.js', iteration: 1, strategy: 'generate' },
  CODE_GENERATED: { module: 'stack.js', iteration: 1, files: [file('stack.js')], calls: [] },
  TEST_STARTED: {
    module: 'stack.js',
    tests: [{ path: 'stack.test.js', hash: 'h', origin: 'generated', content: 'test' }],
    expected: ['pushes'],
    dropped: [],
    sandbox: { kind: 'bubblewrap', node: '26.10.0', networkBlocked: true },
    calls: [],
  },
  TEST_PASSED: {
    module: 'stack.js',
    passed: 1,
    failed: 0,
    total: 1,
    results: [
      {
        name: 'pushes',
        status: 'passed',
        message: null,
        expected: null,
        actual: null,
        durationMs: 1,
      },
    ],
    durationMs: 10,
    output: '',
  },
  TEST_FAILED: {
    module: 'stack.js',
    passed: 0,
    failed: 1,
    total: 1,
    results: [
      {
        name: 'pushes',
        status: 'failed',
        message: 'not equal',
        expected: '1',
        actual: '2',
        durationMs: 1,
      },
    ],
    durationMs: 10,
    output: '',
    failure: { kind: 'assertion', message: 'not equal' },
    signature: 'pushes',
  },
  CORRECTION_STARTED: { module: 'stack.js', fromVersion: 1, reason: 'test-failed' },
  CORRECTION_COMPLETED: { module: 'stack.js', fromVersion: 1 },
  MODULE_COMPLETE: {
    module: 'stack.js',
    outcome: 'passed',
    iterations: 1,
    reason: null,
    best: null,
    summary: null,
    calls: [],
  },
  BUG_REPORT_RECEIVED: {
    description: 'pop of an empty stack throws',
    module: 'stack.js',
    against: { codeVersion: 1, codeHash: null, vectorClock: null },
    accepted: true,
    reason: null,
  },
  USER_INTERVENTION: { kind: 'guidance', text: 'use a class', questionId: null, plan: null },
  DEAD_CODE_ANALYSIS: { findings: [], skipped: null },
  TASK_COMPLETE: { summary: '', files: ['stack.js'], tests: { passed: 1, total: 1 } },
  TASK_FAILED: { reason: 'max-iterations', message: 'gave up', best: null, files: [], calls: [] },
  TASK_CANCELLED: { reason: null },
};
