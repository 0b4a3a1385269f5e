import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Event, EventStore, NewEvent } from '@org/events';
import type { WorkflowHooks } from '@org/workflow';
import { version } from './version.ts';

const tracer = trace.getTracer('@org/server', version);

/**
 * Spans for steps and, within them, for model calls (names of the OpenTelemetry GenAI conventions). They
 * carry ids, sizes and outcomes, never what was said. Without an SDK installed by the operator they cost
 * nothing and go nowhere.
 */
export function tracingHooks(): WorkflowHooks {
  const steps = new Map<string, Span>();
  const settle = (stepId: string, outcome: string): void => {
    const span = steps.get(stepId);
    steps.delete(stepId);
    if (outcome !== 'completed') span?.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
    span?.end();
  };
  return {
    onStepStarted({ taskId, stepId, step }) {
      // A step that made way for another one begins again under its id.
      settle(stepId, 'preempted');
      const attributes = { 'coding_task.id': taskId, 'coding_task.step': stepId };
      steps.set(stepId, tracer.startSpan(`step ${step.kind}`, { attributes }));
    },
    onStepSettled({ stepId, outcome }) {
      settle(stepId, outcome);
    },
    onModelCall({ stepId, call }) {
      const step = steps.get(stepId);
      const options = {
        kind: SpanKind.CLIENT,
        startTime: Date.now() - call.durationMs,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'ollama',
          'gen_ai.request.model': call.model,
          'gen_ai.usage.input_tokens': call.tokens.prompt ?? call.tokens.estimated,
          'gen_ai.usage.output_tokens': call.tokens.completion ?? 0,
        },
      };
      const within = step ? trace.setSpan(context.active(), step) : context.active();
      const span = tracer.startSpan(`chat ${call.model}`, options, within);
      if (call.outcome !== 'ok')
        span.setStatus({ code: SpanStatusCode.ERROR, message: call.outcome });
      span.end();
    },
  };
}

/** The same store, with a span around each append. */
export function traced<S extends EventStore<Event, NewEvent>>(store: S): S {
  const append: S['append'] = (taskId, events, options) =>
    tracer.startActiveSpan('append', async (span) => {
      try {
        const stored = await store.append(taskId, events, options);
        span.setAttributes({
          'coding_task.id': taskId,
          'event.types': stored.events.map(({ eventType }) => eventType),
        });
        return stored;
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: faultOf(error) });
        throw error;
      } finally {
        span.end();
      }
    });
  return { ...store, append };
}

/** The stable code of an error; its message may speak of folders. */
function faultOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
}
