import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { codingEvents, createMemoryEventStore, type ModelCall } from '@org/events';
import { type OllamaStandIn, startOllamaStandIn } from '@org/models/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compose } from '../src/compose.ts';
import { readCommandLine } from '../src/config.ts';
import { createLogger } from '../src/logger.ts';
import { traced, tracingHooks } from '../src/tracing.ts';
import { sumAnswers } from './answers.ts';
import { Listener, request } from './client.ts';
import { dataFolder } from './server-process.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

let standIn: OllamaStandIn;
beforeAll(async () => {
  trace.setGlobalTracerProvider(provider);
  standIn = await startOllamaStandIn({ script: sumAnswers });
});
afterAll(async () => {
  trace.disable();
  await provider.shutdown();
  await standIn.close();
});
beforeEach(() => exporter.reset());

const named = (pattern: RegExp) =>
  exporter.getFinishedSpans().filter((span) => pattern.test(span.name));
const parentOf = ({ parentSpanContext }: ReadableSpan) =>
  exporter
    .getFinishedSpans()
    .find((span) => span.spanContext().spanId === parentSpanContext?.spanId)?.name;

/** Runs one task to its end in a server of this very process, and gives all that the server holds of it. */
async function runTask() {
  await using data = await dataFolder();
  const { config } = readCommandLine(
    ['--express', '--host', '127.0.0.1', '--port', '0', '--data-dir', data.path],
    { OLLAMA_HOST: standIn.url, ORCHESTRATOR_EMBEDDING_MODEL: 'none' },
  );
  const logger = createLogger({ level: 'silent', destination: 'stderr' });
  const signal = new AbortController().signal;
  const server = await compose({ config, mode: 'express', logger, signal });
  try {
    const body = { prompt: 'Write a sum function with a secret in it' };
    const { body: task } = await request(`${server.url}/tasks`, { body });
    await using listener = new Listener(task.websocket_url);
    await listener.until('DEAD_CODE_ANALYSIS');
    return { id: String(task.task_id), events: listener.events };
  } finally {
    await server.close();
  }
}

const info = { taskId: 'task-1', stepId: 'step-1', step: { kind: 'plan' } } as const;
const call: ModelCall = {
  callId: 'call-1',
  model: 'qwen3:8b',
  signature: 'plan',
  attempt: 1,
  outcome: 'ok',
  error: null,
  temperature: 0,
  tokens: { estimated: 100, prompt: 101, completion: 20, window: 32_768 },
  durationMs: 5,
  prompt: {
    hash: '0'.repeat(64),
    builderVersion: '1',
    asOfSequence: 1,
    compressionRatio: 1,
    included: [],
    dropped: [],
    truncated: [],
    external: {},
  },
};

describe('with an OpenTelemetry SDK installed', () => {
  it('steps, the model calls in them and the appends are spans', async () => {
    const { id, events } = await runTask();
    const steps = named(/^step /);
    expect(new Set(steps.map(({ name }) => name))).toEqual(
      new Set(
        ['plan', 'generate', 'write-tests', 'test', 'correct', 'analyse'].map(
          (kind) => `step ${kind}`,
        ),
      ),
    );
    expect(steps.map(({ attributes }) => attributes['coding_task.id'])).toEqual(
      steps.map(() => id),
    );
    const calls = events.flatMap(({ data }) => data.calls ?? []);
    const chats = named(/^chat /);
    expect(chats.map(({ attributes }) => attributes['gen_ai.usage.output_tokens'])).toEqual(
      calls.map(({ tokens }) => tokens.completion),
    );
    for (const chat of chats) {
      expect(chat.kind).toBe(SpanKind.CLIENT);
      expect(chat.attributes).toMatchObject({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'ollama',
        'gen_ai.request.model': chat.name.slice('chat '.length),
      });
      expect(parentOf(chat)).toMatch(/^step (plan|generate|write-tests|correct)$/);
    }
    const appended = named(/^append$/).flatMap(({ attributes }) => attributes['event.types']);
    expect(appended.filter((type) => type === 'CODE_GENERATED')).toHaveLength(2);
    expect(appended).toHaveLength(events.length);
  });

  it('nothing of prompts, code or answers is in a span', async () => {
    await runTask();
    const said = exporter.getFinishedSpans().map(({ name, attributes, status, events }) => ({
      ...{ name, attributes, status, events },
    }));
    expect(JSON.stringify(said)).not.toMatch(/secret|return a/);
  });

  it('a step, a call and an append that fail are spans with an error', async () => {
    const hooks = tracingHooks();
    hooks.onStepStarted?.(info);
    hooks.onModelCall?.({ ...info, call: { ...call, outcome: 'invalid' } });
    hooks.onStepSettled?.({ ...info, outcome: 'timed-out', durationMs: 5 });
    const store = traced(createMemoryEventStore(codingEvents));
    const created = { eventType: 'TASK_CREATED', data: { prompt: 'p' } } as const;
    await store.append('task-1', created);
    await expect(
      store.append('task-1', created, { expectedVersion: 'no-stream' }),
    ).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    await store.close();
    const failed = exporter
      .getFinishedSpans()
      .filter(({ status }) => status.code === SpanStatusCode.ERROR);
    expect(failed.map(({ name, status }) => [name, status.message])).toEqual([
      ['chat qwen3:8b', 'invalid'],
      ['step plan', 'timed-out'],
      ['append', 'VERSION_CONFLICT'],
    ]);
  });

  it('a step that made way and began again is two spans', () => {
    const hooks = tracingHooks();
    hooks.onStepStarted?.(info);
    hooks.onStepStarted?.(info);
    hooks.onStepSettled?.({ ...info, outcome: 'completed', durationMs: 5 });
    expect(named(/^step /).map(({ status }) => status.message)).toEqual(['preempted', undefined]);
  });
});
